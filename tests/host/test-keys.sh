#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys that the service's configuration names and that stay on the host: a key with a self-signed certificate is made anew
# inside, of the same type and with the same owner; for others, there is a warning. Secrets of the service itself are copied, and
# create says so.
. "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip_all 'no openssl'
need 'setup makes the host ready' "$program" setup

for folder in /etc/httpd/conf.d /etc/apache2; do
	if [ -d $folder ]; then break; fi
done
keys=/etc/ssl/private certificates=/etc/ssl/certs config=$folder/virt-sandbox-keys.test
at_end() {
	delete_containers
	rm -f "$config" "$folder"/virt-sandbox_host_* "$keys"/virt-sandbox-*.key "$certificates"/virt-sandbox-*.pem "$folder"/virt-sandbox-link.* "$folder"/virt-sandbox-secret.*
}
group=$(getent group 50 | cut -d : -f 1)

# pair NAME ALGORITHM: makes a key and its certificate, signed by the key itself.
pair() {
	mkdir -p "$keys" "$certificates"
	# shellcheck disable=SC2086 # words
	openssl req -x509 -nodes -newkey $2 -subj "/CN=$1.test" -addext "subjectAltName=DNS:$1.test" \
		-keyout "$keys/virt-sandbox-$1.key" -out "$certificates/virt-sandbox-$1.pem" 2>"$work/output" &&
		chown "0:$group" "$keys/virt-sandbox-$1.key" && chmod 640 "$keys/virt-sandbox-$1.key"
}
need 'an RSA key and its certificate can be made' pair rsa rsa:2048
need 'the RSA key can be put in the form of PKCS #1' openssl pkey -traditional -in $keys/virt-sandbox-rsa.key -out "$work/rsa.key"
cat "$work/rsa.key" >$keys/virt-sandbox-rsa.key
need 'an elliptic-curve key and its certificate can be made' pair ec 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a key and a certificate for links can be made' pair linked 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a key and a certificate that no file names can be made' pair unnamed 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a key and a certificate for another to sign can be made' pair signed 'ec -pkeyopt ec_paramgen_curve:P-256'
openssl x509 -in $certificates/virt-sandbox-signed.pem -CA $certificates/virt-sandbox-ec.pem -CAkey $keys/virt-sandbox-ec.key \
	-CAcreateserial -CAserial "$work/serial" -out "$work/signed.pem" 2>"$work/output" &&
	cp "$work/signed.pem" $certificates/virt-sandbox-signed.pem
ln -s $keys/virt-sandbox-linked.key "$folder/virt-sandbox-link.key"
ln -s $certificates/virt-sandbox-linked.pem "$folder/virt-sandbox-link.pem"
for name in rsa ec signed; do
	printf '# %s\nKeyFile "%s"\nCertificateFile %s;\n' $name $keys/virt-sandbox-$name.key $certificates/virt-sandbox-$name.pem
done >"$config"
echo "# $keys/virt-sandbox-unnamed.key" >>"$config"

(
	umask 077
	echo 'password = x' >"$folder/virt-sandbox-secret.conf"
	cp "$folder/virt-sandbox-secret.conf" "$folder/virt-sandbox-secret.bak"
	printf '\005\002\0\0\0\046' >"$folder/virt-sandbox-secret.kt"
)
bare='' # a form that OpenSSH does not have
if command -v dropbearkey >/dev/null; then
	bare=$folder/virt-sandbox_host_key
	need 'an SSH host key in the bare form can be made' dropbearkey -t ecdsa -s 384 -f "$bare"
fi

create keys >"$work/out" 2>"$work/err"
report $? 'create of a service with TLS keys succeeds'
like 'create warns of the key whose certificate another key signed' "$(cat "$work/err")" "$keys/virt-sandbox-signed.key'.*stays on the host"
like 'create warns of the keytab of the service' "$(cat "$work/err")" "$folder/virt-sandbox-secret.kt'.*stays on the host"
is 'create warns of no other key' "$(grep -c 'stays on the host' "$work/err")" 2
like 'create says which secrets of the service the container has' "$(cat "$work/out")" "^The container has [0-9]* files? with secrets of the service: "
tree=$filesystems/keys
ok 'a closed file of the service is copied' test -s "$tree$folder/virt-sandbox-secret.conf"
for name in bak kt; do
	is "the tree does not have the service's .$name file" "$(ls "$tree$folder/virt-sandbox-secret.$name" 2>/dev/null)" ''
done
for name in rsa ec linked; do
	is "the tree has an empty file for the $name key of the host" "$(stat -c %s "$tree$keys/virt-sandbox-$name.key")" 0
done
for name in signed unnamed; do
	is "the tree has no file for the $name key of the host" "$(ls "$tree$keys/virt-sandbox-$name.key" 2>/dev/null)" ''
done
need 'a container that makes keys of its own starts' start keys

# public FILE: the public half of a key or of a certificate, inside.
of_key() { inside keys "openssl pkey -pubout -in $keys/virt-sandbox-$1.key"; }
of_certificate() { inside keys "openssl x509 -noout -pubkey -in $certificates/virt-sandbox-$1.pem"; }
for name in rsa ec linked; do
	like "the container has an $name key" "$(of_key $name)" 'BEGIN PUBLIC KEY'
	[ "$(of_key $name)" != "$(openssl pkey -pubout -in $keys/virt-sandbox-$name.key)" ]
	report $? "the $name key of the container is not the host's"
	is "the $name certificate of the container belongs to its key" "$(of_certificate $name)" "$(of_key $name)"
	is "the $name certificate of the container has the names of the host's" "$(inside keys "openssl x509 -noout -subject -ext subjectAltName -in $certificates/virt-sandbox-$name.pem")" \
		"$(openssl x509 -noout -subject -ext subjectAltName -in $certificates/virt-sandbox-$name.pem)"
	is "the $name key of the container has the mode and owner of the host's" "$(inside keys "stat -c '%a %u %G' $keys/virt-sandbox-$name.key")" "640 0 $group"
done
like 'the rsa key of the container has the form of the host'"'"'s' "$(inside keys "head -1 $keys/virt-sandbox-rsa.key")" 'BEGIN RSA PRIVATE KEY'
if [ -n "$bare" ]; then
	like 'the container has an SSH host key in the bare form, of the same type' "$(inside keys "dropbearkey -y -f $bare")" '^ecdsa-sha2-nistp384 '
	[ "$(inside keys "dropbearkey -y -f $bare" | grep ^ecdsa)" != "$(dropbearkey -y -f "$bare" | grep ^ecdsa)" ]
	report $? 'the SSH host key of the container is not the host'"'"'s'
fi
is 'a link to a key leads to the key of the container' "$(inside keys "readlink -f $folder/virt-sandbox-link.key")" $keys/virt-sandbox-linked.key
is 'no key is left in /run of the container' "$(inside keys 'find /run -name "virt-sandbox-key*" -o -name key -path "*sandbox*"')" ''
made=$(of_key rsa)
need 'restart of a container with keys of its own succeeds' "$program" restart keys
is 'a restart keeps the key of the container' "$(of_key rsa)" "$made"
done_testing
