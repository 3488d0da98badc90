# For tests in sh, to be sourced: TAP as tests/tap.h prints it.
tap_count=0
tap_failed=0

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# is NAME GOT EXPECTED
is() {
	tap_count=$((tap_count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_count - $1"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	printf '%s\n' "got:      $2" "expected: $3" | sed 's/^/# /'
}

done_testing() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
