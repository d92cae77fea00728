#!/bin/sh
# RelayTray: setting a relay up, what was asked for, as name=value words. See setup-common.sh.
# shellcheck disable=SC2034 # the other parts use them

action=$1 step=$2
shift 2
mode=system root='' proc=/proc kernel='' pc='' key='' exit=no fingerprint='' admin='' guard_s=60
address='' local_address='' local_port='' guard=''
for word in "$@"; do
    case $word in
    mode=account) mode=account ;;
    root=*) root=${word#*=} ;; # another tree than this machine's
    proc=*) proc=${word#*=} ;;
    kernel=*) kernel=${word#*=} ;;
    pc=*) pc=${word#*=} ;;
    key=*) key=${word#*=} ;;
    exit=yes) exit=yes ;;
    fingerprint=*) fingerprint=${word#*=} ;;
    admin=*) admin=${word#*=} ;;
    ends=*' '*' '*) # of the link that asks: its address, and sshd's address and port
        local_port=${word##* }
        address=${word%% *} local_address=${word% *}
        address=${address#*=} local_address=${local_address##* }
        ;;
    guard=*) guard=${word#*=} ;;
    guard_s=*) guard_s=${word#*=} ;;
    esac
done
[ "$kernel" ] || kernel=$(uname -r)
me=$(id -u)
if [ "$mode" = system ]; then
    etc=$root/etc/relaytray reports=$root/var/lib/relaytray/enrol dir_mode=755
else
    base=$HOME/.relaytray
    etc=$base/etc reports=$base/enrol libexec=$base/libexec dir_mode=700
    umask 077
fi
record=$etc/setup
