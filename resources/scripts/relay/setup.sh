#!/bin/sh
# RelayTray: setting a relay up, last part: which step, and what is to be done. See setup-common.sh.
# shellcheck disable=SC2034,SC2154 # the parts share their variables

# facts: what kind of machine it is
facts() {
    name=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$root/etc/os-release" 2>/dev/null | head -n 1)
    printf 'system=%s\nkernel=%s\nuid=%s\n' "${name:-$(uname -s)}" "$kernel" "$me"
    # the public halves may be read by everybody; only root can ask sshd itself which ones it shows
    if [ "$mode" = system ] && [ "$me" = 0 ]; then
        files=$({ find_sshd >/dev/null && try_sshd -T; } | sed -n 's/^hostkey //p')
    fi
    [ "$files" ] || files=$(printf '%s\n' "$root"/etc/ssh/ssh_host_*_key)
    if [ -r "$etc/host" ]; then
        while IFS= read -r line; do
            printf 'told_servers=%s\n' "$line"
        done <"$etc/host"
    fi
    printf '%s\n' "$files" | while IFS= read -r file; do
        if [ -r "$file.pub" ]; then
            read -r type blob _ <"$file.pub" && printf 'host_key=%s %s\n' "$type" "$blob"
        elif [ -r "$file" ]; then
            ssh-keygen -y -f "$file" 2>/dev/null </dev/null | {
                read -r type blob _ && printf 'host_key=%s %s\n' "$type" "$blob"
            }
        fi
    done
}

check() {
    state=right
    "check_$step"
}

apply() {
    if [ "$state" != change ]; then return; fi
    lock
    "apply_$step"
    state=right
    told=$(
        "check_$step"
        printf 'state=%s' "$state"
    )
    if [ "${told##*state=}" = change ] && [ "$step" != permissions ]; then
        fail "it is not as it must be afterwards: $(printf '%s' "${told%state=*}" | tr "$tab" ' ')"
    fi
    state='done'
}

undo() {
    state=right
    "left_$step"
    if [ "$state" != change ]; then return; fi
    lock
    "undo_$step"
    state=right
    "left_$step"
    if [ "$state" = change ]; then fail "something of it is still there"; fi
    state='done'
}

case $step in
accounts | programs | permissions | sshd | bbr | v2ray | shadowsocks | none) ;;
*) fail "there is no step $step" ;;
esac
if [ "$mode" = account ]; then
    case $step in
    accounts | sshd | bbr | v2ray | shadowsocks)
        note needs-root
        echo "state=impossible"
        exit 0
        ;;
    esac
fi
case $action in
facts) facts ;;
check) check ;;
apply)
    check >/dev/null
    apply
    ;;
reveal) # what only root may read there
    state=right
    "reveal_$step"
    ;;
look) "look_$step" ;; # what a step has to be told before it can say what it would change
bring | install)
    lock
    "${action}_$step"
    ;;
confirm | rollback)
    lock
    state='done'
    "${action}_$step"
    ;;
left)
    state=right
    "left_$step"
    ;;
undo) undo ;;
*) fail "there is no action $action" ;;
esac
[ "$action" = facts ] || echo "state=$state"
