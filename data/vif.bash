# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of vif for bash. Names of ports and networks are asked of a vifd that runs; none is started.

_vif_names() {
	# `vif` starts a vifd when root asks and none runs: completion must not.
	[[ -S ${VIFD_RUNTIME_DIR:-/run/vifd}/bus ]] || return
	VIFD=/nonexistent vif "$@" 2>/dev/null | awk 'NR > 1 {print $1}'
}

_vif_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# _vif_files WORD OPTIONS: a FILE or SPEC, or an option.
_vif_files() {
	if [[ $1 == -* ]]; then
		_vif_words "$2" "$1"
		return
	fi
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	# A SPEC stands where a file can.
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "network= dev= bridge= ethernet" -- "$1")
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
}

# vif network update NAME COMMAND SECTION FILE|XML
_vif_update() {
	local options="--live --config --parent-index --force --json --help"
	case $COMP_CWORD in
	3) _vif_words "$(_vif_names network list) $options" "$1" ;;
	4) _vif_words "add add-first add-last modify delete $options" "$1" ;;
	5)
		_vif_words "forward-interface portgroup ip-dhcp-host ip-dhcp-range dns-host dns-txt dns-srv forward $options" "$1"
		;;
	*)
		if [[ $1 == -* ]]; then
			_vif_words "$options" "$1"
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$1") && compopt -o filenames
		fi
		;;
	esac
}

_vif_network() {
	local current=$1 verb=$2
	case $verb in
	network) _vif_words "define undefine update start stop autostart list show leases" "$current" ;;
	define)
		if [[ $current == -* ]]; then
			_vif_words "--default --json --help" "$current"
			return
		fi
		mapfile -t COMPREPLY < <(compgen -f -- "$current") && compopt -o filenames
		;;
	undefine | start | stop | show | leases) _vif_words "$(_vif_names network list) --json --help" "$current" ;;
	update) _vif_update "$current" ;;
	autostart) _vif_words "$(_vif_names network list) --disable --json --help" "$current" ;;
	*) _vif_words "--json --help" "$current" ;;
	esac
}

_vif() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	local verbs="run plug unplug retarget list show check monitor network capabilities doctor version help"
	COMPREPLY=()
	if [[ $COMP_CWORD == 1 ]]; then
		_vif_words "$verbs --json --help --version" "$current"
		return
	fi
	case $previous in
	--nic)
		_vif_files "$current" ""
		return
		;;
	--guest | --pid) return ;;
	esac
	case $verb in
	run) _vif_words "--nic --guest --json --help --" "$current" ;;
	plug) _vif_files "$current" "--guest --pid --json --help" ;;
	check) _vif_files "$current" "--json --help" ;;
	unplug) _vif_words "$(_vif_names list) --force --json --help" "$current" ;;
	show) _vif_words "$(_vif_names list) --xml --networkport --json --help" "$current" ;;
	network) _vif_network "$current" "$([[ $COMP_CWORD == 2 ]] && echo network || echo "${COMP_WORDS[2]}")" ;;
	help) _vif_words "$verbs" "$current" ;;
	*) _vif_words "--json --help" "$current" ;;
	esac
}

complete -F _vif vif
