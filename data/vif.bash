# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of vif for bash. Names of ports and networks are asked of a vifd that runs; none is started.
#
# bash takes a command line apart at '=' and ':' too, and replaces only what is behind the last of them. A SPEC is
# one word here: so the line is read anew, whole words are proposed, and at the end what bash keeps is cut off.

_vif_ask() {
	# `vif` starts a vifd when root asks and none runs: completion must not.
	[[ -S ${VIFD_RUNTIME_DIR:-/run/vifd}/bus ]] || return
	VIFD=/nonexistent vif "$@" 2>/dev/null
}

_vif_names() {
	_vif_ask "$@" | awk 'NR > 1 {print $1}'
}

# _vif_words WORDS START: those that begin so. Not `compgen -W`, which expands them: names are others' choice, and
# one that a shell would take for more than a word is not proposed, as it would stand in the line as it is.
_vif_words() {
	local word
	local -a all
	read -r -d '' -a all <<<"$1"
	for word in "${all[@]}"; do
		[[ $word != "$2"* || $word == *[^[:alnum:]_.,:=@%+-]* ]] || COMPREPLY+=("$word")
	done
}

_vif_interfaces() {
	local path
	for path in /sys/class/net/*; do
		# A tap is a guest's already.
		[[ -e $path/tun_flags || ${path##*/} == lo ]] || echo "${path##*/}"
	done
}

_vif_bridges() {
	local path
	for path in /sys/class/net/*/bridge; do
		[[ ! -e $path ]] || basename "${path%/bridge}"
	done
}

# _vif_portgroups SPEC: those of its network.
_vif_portgroups() {
	local network=${1#*network=}
	[[ $1 != *network=* ]] || _vif_ask network show "${network%%,*}" | sed -n "s/.*<portgroup name='\([^']*\)'.*/\1/p"
}

# _vif_values KEY SPEC
_vif_values() {
	case $1 in
	network) _vif_names network list ;;
	dev) _vif_interfaces ;;
	bridge) _vif_bridges ;;
	portgroup) _vif_portgroups "$2" ;;
	mode) printf '%s\n' vepa bridge private passthrough ;;
	type) printf '%s\n' live direct ;;
	link) printf '%s\n' up down ;;
	filter) _vif_names filter list ;;
	group) printf '%s\n' no; _vif_names group list ;;
	security) printf '%s\n' no mac learn ;;
	driver) printf '%s\n' vhost qemu ;;
	model) printf '%s\n' virtio e1000e e1000 rtl8139 ;;
	esac
}

# _vif_keys SPEC: those that may follow; without a source yet, the sources.
_vif_keys() {
	local key keys="mac= target= model= queues= driver= mtu= link= alias= type= vlan= security= group= filter= inbound= outbound= trust follow-link"
	case ,$1, in
	*,network=*) keys+=" portgroup= isolated wait" ;;
	*,dev=*) keys+=" mode= dev-mac= wait" ;;
	*,bridge=*) keys+=" isolated wait" ;;
	*,ethernet,*) ;;
	*) keys="network= dev= bridge= ethernet" ;;
	esac
	for key in $keys; do
		[[ ,$1, == *",$key"* ]] || echo "$key"
	done
}

_vif_behind() {
	local line
	while IFS= read -r line; do
		echo "$1$line"
	done
}

# _vif_spec WORD: what may stand at its end, the whole word each.
_vif_spec() {
	local item=${1##*,}
	if [[ $item == *=* ]]; then
		_vif_values "${item%%=*}" "$1" | _vif_behind "${1%"$item"}${item%%=*}="
	else
		_vif_keys "$1" | _vif_behind "${1%"$item"}"
	fi
}

# _vif_source WORD OPTIONS: a FILE or SPEC, or an option.
_vif_source() {
	if [[ $1 == -* ]]; then
		_vif_words "$2" "$1"
		return
	fi
	_vif_words "$(_vif_spec "$1")" "$1"
	# A ',' and more may follow.
	[[ ${#COMPREPLY[@]} == 0 ]] || compopt -o nospace
	[[ $1 == *=* ]] || _vif_files "$1"
}

# Adds files.
_vif_files() {
	local -a files
	mapfile -t files < <(compgen -f -- "$1")
	[[ ${#files[@]} == 0 ]] || compopt -o filenames
	COMPREPLY+=("${files[@]}")
}

# _vif_network N WORD: the Nth word behind `network`.
_vif_network() {
	local n=$1 current=$2 verb=${words[2]} options
	case $verb in
	define) options="--default --force --json --help" ;;
	start) options="--force --open-firewall --json --help" ;;
	update) options="--live --config --parent-index --force --json --help" ;;
	autostart) options="--disable --force --json --help" ;;
	*) options="--json --help" ;;
	esac
	if [[ $n == 1 ]]; then
		_vif_words "define undefine update start stop autostart list show leases --json --help" "$current"
	elif [[ $current == -* ]]; then
		_vif_words "$options" "$current"
	elif [[ $verb == define ]]; then
		_vif_words "--default" "$current"
		_vif_files "$current"
	elif [[ $n == 2 && $verb != list ]]; then
		_vif_words "$(_vif_names network list) $options" "$current"
	elif [[ $verb == update && $n == 3 ]]; then
		_vif_words "add add-first add-last modify delete" "$current"
	elif [[ $verb == update && $n == 4 ]]; then
		_vif_words "forward-interface forward portgroup ip-dhcp-host ip-dhcp-range dns-host dns-txt dns-srv" "$current"
	elif [[ $verb == update ]]; then
		_vif_files "$current"
	else
		_vif_words "$options" "$current"
	fi
}

# _vif_filter N WORD: the Nth word behind `filter`.
_vif_filter() {
	local n=$1 current=$2 verb=${words[2]}
	if [[ $n == 1 ]]; then
		_vif_words "define undefine list show --json --help" "$current"
	elif [[ $current == -* || $verb == list ]]; then
		_vif_words "--json --help" "$current"
	elif [[ $verb == define ]]; then
		_vif_files "$current"
	else
		_vif_words "$(_vif_names filter list)" "$current"
	fi
}

# _vif_group N WORD: the Nth word behind `group`.
_vif_group() {
	local n=$1 current=$2 verb=${words[2]}
	if [[ $n == 1 ]]; then
		_vif_words "define undefine list show add-member remove-member --json --help" "$current"
	elif [[ $current == -* || $verb == list ]]; then
		_vif_words "--json --help" "$current"
	elif [[ $verb == define ]]; then
		_vif_files "$current"
	elif [[ $n == 2 ]]; then
		_vif_words "$(_vif_names group list)" "$current"
	fi
}

_vif_verb() {
	local current=$1 n=$((${#words[@]} - 2))
	case ${words[1]} in
	run) _vif_words "--nic --guest --owner --wait --json --help --" "$current" ;;
	plug) _vif_source "$current" "--guest --pid --owner --qmp --wait --json --help" ;;
	check) _vif_source "$current" "--wait --json --help" ;;
	retarget)
		if [[ $n == 1 ]]; then
			_vif_words "$(_vif_names list) --json --help" "$current"
		else
			_vif_source "$current" "--json --help"
		fi
		;;
	set)
		if [[ $n == 1 ]]; then
			_vif_words "$(_vif_names list) --json --help" "$current"
		else
			_vif_words "inbound= outbound= vlan= security= group= isolated=yes isolated=no link=up link=down" "$current"
		fi
		;;
	unplug) _vif_words "$(_vif_names list) --force --json --help" "$current" ;;
	show) _vif_words "$(_vif_names list) --xml --networkport --json --help" "$current" ;;
	network) _vif_network "$n" "$current" ;;
	filter) _vif_filter "$n" "$current" ;;
	group) _vif_group "$n" "$current" ;;
	security)
		if [[ $n == 1 ]]; then
			_vif_words "show test --json --help" "$current"
		else
			_vif_words "$(_vif_names list) --json --help" "$current"
		fi
		;;
	probe) _vif_words "$(_vif_interfaces) --json --help" "$current" ;;
	diagnose) _vif_words "$(_vif_names list) --json --help" "$current" ;;
	doctor) _vif_words "--verbose --json --help" "$current" ;;
	help) _vif_words "$verbs" "$current" ;;
	*) _vif_words "--json --help" "$current" ;;
	esac
}

# _vif_command LINE WORD: the command behind --, which is another program's.
_vif_command() {
	if [[ $1 == "$2" ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	else
		_vif_files "$2"
	fi
}

# What bash does not replace: all up to the last character at which it takes words apart.
_vif_cut() {
	local current=$1 kept=''
	[[ $COMP_WORDBREAKS != *=* ]] || kept=${current%"${current##*=}"}
	[[ $COMP_WORDBREAKS != *:* || $current != *:* ]] || kept=${current%"${current##*[=:]}"}
	COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

_vif() {
	local line=${COMP_LINE:0:COMP_POINT}
	local verbs="run plug unplug retarget set list show check monitor network filter group security capabilities probe diagnose doctor version help"
	local current
	local -a words
	read -ra words <<<"$line"
	[[ $line != *[[:blank:]] ]] || words+=("")
	current=${words[-1]}
	COMPREPLY=()
	if [[ ${#words[@]} == 2 ]]; then
		_vif_words "$verbs --json --help --version" "$current"
		return
	fi
	if [[ $line == *" -- "* ]]; then
		_vif_command "${line#* -- }" "$current"
		return
	fi
	case ${words[-2]} in
	--nic) _vif_source "$current" "" ;;
	--guest | --pid | --parent-index) ;;
	--qmp) _vif_files "$current" ;;
	--owner) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
	*) _vif_verb "$current" ;;
	esac
	_vif_cut "$current"
}

complete -F _vif vif
