# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Pools that share their interfaces, on the real kernel: a random story of ports that come and go on three
# networks and directly, beside macvtaps of others, while the pools change and vifd is killed. After each
# step the kernel's own count of macvlans on each interface (`ip -j link`) has to be what a model expects that
# knows only who was told to be where, and what is asked for next has to end where the model says.
#
# VIFD_SEED=N tells the story N again. tests/unit/test-allocator.c has many more, without a kernel.

STEPS=40

declare -A POOL=([red]="eth1 eth2 eth3" [blue]="eth3 eth4 eth1" [green]="eth4 eth2 eth3")
declare -A MODE=([red]=vepa [blue]=passthrough [green]=bridge)
# Of each port, and of each macvtap of others: its interface, and its mode.
declare -A DEV=() DEV_MODE=()

usual() {
	local network
	usual_host 4
	for network in red blue green; do
		define "$network"
		expect_ok vif network start "$network"
	done
}

define() {
	local dev
	{
		echo "<network><name>$1</name><forward mode='${MODE[$1]}'>"
		for dev in ${POOL[$1]}; do
			echo "<interface dev='$dev'/>"
		done
		echo "</forward></network>"
	} >"$T/$1.xml"
	expect_ok vif network define "$T/$1.xml"
}

# --- the model ---

count_on() {
	local name count=0
	for name in "${!DEV[@]}"; do
		[ "${DEV[$name]}" != "$1" ] || count=$((count + 1))
	done
	echo $count
}

# has_room DEV MODE: may one more come there?
has_room() {
	local name
	for name in "${!DEV[@]}"; do
		[ "${DEV[$name]}" = "$1" ] || continue
		[ "$2" != passthrough ] && [ "${DEV_MODE[$name]}" != passthrough ] || return 1
	done
	return 0
}

# Which interface the network should give next; nothing if none.
choice() {
	local dev count best="" fewest=1000
	for dev in ${POOL[$1]}; do
		has_room "$dev" "${MODE[$1]}" || continue
		count=$(count_on "$dev")
		[ "$count" -ge "$fewest" ] || { best=$dev fewest=$count; }
	done
	echo "$best"
}

# --- steps ---

pick() {
	local words=("$@")
	echo "${words[RANDOM % ${#words[@]}]}"
}

# expect_port_on DEV MODE: the port just plugged is there.
expect_port_on() {
	local side
	side=$(side_of "$PORT")
	expect_equal "$(link "$side" .link)" "$1"
	expect_equal "$(link "$side" .linkinfo.info_data.mode)" "${2/passthrough/passthru}"
	DEV[$PORT]=$1
	DEV_MODE[$PORT]=$2
}

step_plug() {
	local network type dev
	network=$(pick red blue green)
	type=$(pick live direct)
	dev=$(choice "$network")
	if [ -z "$dev" ]; then
		expect_failure vif plug "network=$network,type=$type"
	else
		plug "network=$network,type=$type"
		expect_port_on "$dev" "${MODE[$network]}"
	fi
}

step_plug_directly() {
	local dev mode
	dev=$(pick eth1 eth2 eth3 eth4)
	mode=$(pick vepa bridge private passthrough)
	if has_room "$dev" "$mode"; then
		plug "dev=$dev,mode=$mode"
		expect_port_on "$dev" "$mode"
	else
		expect_failure vif plug "dev=$dev,mode=$mode"
	fi
}

step_unplug() {
	[ "${#DEV[@]}" != 0 ] || return 0
	PORT=$(pick "${!DEV[@]}")
	case $PORT in
	foreign*) ip -n host link del "$PORT" ;;
	*) unplug "$PORT" ;;
	esac
	unset "DEV[$PORT]" "DEV_MODE[$PORT]"
}

step_foreign() {
	local name=foreign$1 dev mode
	dev=$(pick eth1 eth2 eth3 eth4)
	mode=$(pick bridge bridge passthrough)
	has_room "$dev" "$mode" || return 0
	ip -n host link add link "$dev" name "$name" type macvtap mode "${mode/passthrough/passthru}"
	DEV[$name]=$dev
	DEV_MODE[$name]=$mode
}

# A port keeps what it has: so an interface goes from a pool although it is in use.
step_pool() {
	local network dev
	network=$(pick red blue green)
	dev=$(pick eth1 eth2 eth3 eth4)
	case " ${POOL[$network]} " in
	*" $dev "*)
		POOL[$network]=$(tr ' ' '\n' <<<"${POOL[$network]}" | sed "/^$dev\$/d" | xargs)
		expect_ok vif network update "$network" delete forward-interface "<interface dev='$dev'/>" --force
		;;
	*)
		POOL[$network]="${POOL[$network]} $dev"
		expect_ok vif network update "$network" add forward-interface "<interface dev='$dev'/>"
		;;
	esac
}

step_kill() {
	kill_vifd
	start_vifd
}

# --- what the kernel has ---

expected_counts() {
	local dev
	for dev in eth1 eth2 eth3 eth4; do
		echo "$dev=$(count_on $dev)"
	done | xargs
}

kernel_counts() {
	ip -n host -d -j link show | jq -r '[.[] | select(.linkinfo.info_kind // "" | test("^macv")) | .link] as $on |
		[("eth1", "eth2", "eth3", "eth4") as $dev | "\($dev)=\([$on[] | select(. == $dev)] | length)"] | join(" ")'
}

expect_model() {
	local name
	expect_equal "$(kernel_counts)" "$(expected_counts)"
	for name in "${!DEV[@]}"; do
		[[ $name == foreign* ]] || echo "$name ${DEV[$name]} connected"
	done | sort >"$T/expected"
	vif list --json | jq -r '.[] | "\(.name) \(.dev) \(.state)"' | sort >"$T/told"
	diff -u "$T/expected" "$T/told" >&2 || fail "vif tells other ports than the model has"
}

test_pools_that_share_their_interfaces_keep_their_counts_whatever_happens() {
	local seed=${VIFD_SEED:-$SRANDOM} i
	usual
	RANDOM=$((seed % 32768))
	echo "if it fails: VIFD_SEED=$seed" >&2
	for ((i = 0; i < STEPS; i++)); do
		case $((RANDOM % 20)) in
		[0-7]) step_plug ;;
		8 | 9) step_plug_directly ;;
		1[0-4]) step_unplug ;;
		15) step_foreign "$i" ;;
		1[67]) step_pool ;;
		*) step_kill ;;
		esac
		expect_model
	done
	for name in "${!DEV[@]}"; do
		[[ $name == foreign* ]] || unplug "$name"
	done
}
