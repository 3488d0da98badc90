#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys that the service's configuration names and that stay on the host: one whose certificate nobody else signed is made
# anew inside, of the same kind and for the same owner; of another the administrator is told.
. "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip_all 'no openssl'
need 'setup' "$program" setup

for folder in /etc/httpd/conf.d /etc/apache2; do
	if [ -d $folder ]; then break; fi
done
keys=/etc/ssl/private certificates=/etc/ssl/certs config=$folder/virt-sandbox-keys.test
at_end() {
	delete_containers
	rm -f "$config" "$keys"/virt-sandbox-*.key "$certificates"/virt-sandbox-*.pem "$folder"/virt-sandbox-link.*
}
group=$(getent group 50 | cut -d : -f 1)

# pair NAME ALGORITHM: a key and its certificate, signed by the key itself.
pair() {
	mkdir -p "$keys" "$certificates"
	# shellcheck disable=SC2086 # words
	openssl req -x509 -nodes -newkey $2 -subj "/CN=$1.test" -addext "subjectAltName=DNS:$1.test" \
		-keyout "$keys/virt-sandbox-$1.key" -out "$certificates/virt-sandbox-$1.pem" 2>"$work/output" &&
		chown "0:$group" "$keys/virt-sandbox-$1.key" && chmod 640 "$keys/virt-sandbox-$1.key"
}
need 'a pair of RSA' pair rsa rsa:2048
need 'a pair of elliptic curves' pair ec 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a pair that only a link leads to' pair linked 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a pair that nobody names' pair unnamed 'ec -pkeyopt ec_paramgen_curve:P-256'
need 'a key whose certificate another signed' pair signed 'ec -pkeyopt ec_paramgen_curve:P-256'
openssl x509 -in $certificates/virt-sandbox-signed.pem -CA $certificates/virt-sandbox-ec.pem -CAkey $keys/virt-sandbox-ec.key \
	-CAcreateserial -CAserial "$work/serial" -out "$work/signed.pem" 2>"$work/output" &&
	cp "$work/signed.pem" $certificates/virt-sandbox-signed.pem
ln -s $keys/virt-sandbox-linked.key "$folder/virt-sandbox-link.key"
ln -s $certificates/virt-sandbox-linked.pem "$folder/virt-sandbox-link.pem"
for name in rsa ec signed; do
	printf '# %s\nKeyFile "%s"\nCertificateFile %s;\n' $name $keys/virt-sandbox-$name.key $certificates/virt-sandbox-$name.pem
done >"$config"
echo "# $keys/virt-sandbox-unnamed.key" >>"$config"

create keys >"$work/out" 2>"$work/err"
report $? create
like '... tells of the key that it cannot make' "$(cat "$work/err")" "$keys/virt-sandbox-signed.key'.*stays on the host"
is '... and of no other' "$(grep -c 'stays on the host' "$work/err")" 1
tree=$filesystems/keys
for name in rsa ec linked; do
	is "the $name key is not in the tree" "$(stat -c %s "$tree$keys/virt-sandbox-$name.key")" 0
done
for name in signed unnamed; do
	is "nor is the $name one" "$(ls "$tree$keys/virt-sandbox-$name.key" 2>/dev/null)" ''
done
need 'start' start keys

# public FILE: the public half of a key or of a certificate, inside.
of_key() { inside keys "openssl pkey -pubout -in $keys/virt-sandbox-$1.key"; }
of_certificate() { inside keys "openssl x509 -noout -pubkey -in $certificates/virt-sandbox-$1.pem"; }
for name in rsa ec linked; do
	like "the container has its own $name key" "$(of_key $name)" 'BEGIN PUBLIC KEY'
	[ "$(of_key $name)" != "$(openssl pkey -pubout -in $keys/virt-sandbox-$name.key)" ]
	report $? "... which is not the host's"
	is '... with its certificate' "$(of_certificate $name)" "$(of_key $name)"
	is '... for the same name' "$(inside keys "openssl x509 -noout -subject -ext subjectAltName -in $certificates/virt-sandbox-$name.pem")" \
		"$(openssl x509 -noout -subject -ext subjectAltName -in $certificates/virt-sandbox-$name.pem)"
	is '... the mode and the owner' "$(inside keys "stat -c '%a %u %G' $keys/virt-sandbox-$name.key")" "640 0 $group"
done
is 'the link leads to it' "$(inside keys "readlink -f $folder/virt-sandbox-link.key")" $keys/virt-sandbox-linked.key
is 'nothing of it is left in /run' "$(inside keys 'find /run -name "virt-sandbox-key*" -o -name key -path "*sandbox*"')" ''
made=$(of_key rsa)
need 'restart' "$program" restart keys
is 'a second start keeps the key' "$(of_key rsa)" "$made"
done_testing
