#!/bin/sh
# RelayTray: setting a relay up, sshd's settings for our three accounts and for nobody else. See setup-common.sh.
#
# "apply" arms the guard, writes, checks and reloads, and leaves the guard waiting; "confirm" tells it that new
# logins work, "rollback" that they do not. Without a word the guard puts the old settings back by itself.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script

guarded=$etc/sshd
return=$(printf '\r')
begin_mark='# relaytray: begin (RelayTray keeps these lines; it takes them away again)'
end_mark='# relaytray: end'
conf=$root/etc/ssh/sshd_config
drop_in=00-relaytray.conf # sorts first: in sshd_config the first value counts
sshd='' sshd_options='' listener='' unit=''

# --- which sshd it is -------------------------------------------------------------------------------------------

# The one that we came by: up from our own process to the last that is sshd.
find_sshd() {
    pid=$$
    top='' sshd_options='' listener=''
    while [ "${pid:-0}" -gt 0 ]; do
        read -r name 2>/dev/null <"$proc/$pid/comm" || break
        case $name in
        sshd*) top=$pid ;;
        esac
        pid=$(proc_value "$pid" PPid)
    done
    if [ "$top" ] && is_listener "$top"; then listener=$top; fi
    [ "$listener" ] || find_listener
    if [ "$listener" ]; then
        read_command_line
        sshd=$(readlink "$proc/$listener/exe" 2>/dev/null)
        unit=$(sed -n 's/^[0-9]*:[^:]*:.*\/\([^/]*\.service\)$/\1/p' "$proc/$listener/cgroup" 2>/dev/null | tail -n 1)
        [ -d /run/systemd/system ] || unit=''
    fi
    [ -x "$sshd" ] || sshd=$(command -v sshd) || sshd=''
    case $sshd in
    /*) ;;
    *) fail "the program sshd was not found" ;;
    esac
    if [ -L "$conf" ]; then conf=$(readlink -f "$conf"); fi
    [ -f "$conf" ] || fail "sshd's settings were not found at $conf"
}

command_line() { tr '\000' ' ' <"$proc/$1/cmdline" 2>/dev/null; }

is_listener() { # PID
    case $(command_line "$1") in
    "sshd: "*"[listener]"*) return 0 ;;
    "sshd: "* | sshd-session* | *" -i "*) return 1 ;; # a login, or one that inetd or a socket started
    /*sshd*) return 0 ;;
    esac
    return 1
}

# The listener that we came by has ended or started anew: whoever is there now.
find_listener() {
    for folder in "$proc"/[0-9]*; do
        pid=${folder##*/}
        read -r name 2>/dev/null <"$folder/comm" || continue
        if [ "$name" = sshd ] && [ "$(proc_value "$pid" Uid)" = 0 ] && is_listener "$pid"; then
            # several listeners that we did not come by: none can be told to be the right one
            if [ "$listener" ]; then listener='' && return; fi
            listener=$pid
        fi
    done
}

# Another file with settings, and settings on the command line.
read_command_line() {
    taking=''
    set -f
    for word in $(command_line "$listener"); do
        case $taking in
        f) conf=$word ;;
        keep) sshd_options="$sshd_options $word" ;;
        esac
        [ -z "$taking" ] || { taking='' && continue; }
        case $word in
        '[listener]') break ;;
        -f) taking=f ;;
        -f*) conf=${word#-f} ;;
        -o | -h | -p)
            sshd_options="$sshd_options $word"
            taking=keep
            ;;
        -o* | -h* | -p*) sshd_options="$sshd_options $word" ;;
        -E | -g | -u | -c | -C | -b | -k) taking=drop ;;
        esac
    done
    set +f
}

sshd_version() { # "9.2" of "OpenSSH_9.2p1 Debian-2"; older ones tell it with their usage
    "$sshd" -V 2>&1 | sed -n 's/^.*OpenSSH_\([0-9]*\.[0-9]*\).*$/\1/p' | head -n 1
}

is_older_than() { # VERSION MAJOR MINOR
    [ "${1%%.*}" -lt "$2" ] || { [ "${1%%.*}" -eq "$2" ] && [ "${1#*.}" -lt "$3" ]; }
}

try_sshd() { # OPTIONS: with the settings that the listener uses
    # shellcheck disable=SC2086 # options are single words
    "$sshd" "$@" -f "$conf" $sshd_options 2>&1
}

# effective USER: every setting that counts for this user's logins. All is said that a Match may ask for: sshd tells
# nothing at all where one of these is missing. False when it tells nothing, with its reason.
effective() {
    who=user=$1,host=${address:-127.0.0.1},addr=${address:-127.0.0.1}
    who=$who,laddr=${local_address:-127.0.0.1},lport=${local_port:-22}
    is_older_than "${version:-0.0}" 7 8 || who=$who,rdomain=
    # shellcheck disable=SC2086
    "$sshd" -T -f "$conf" $sshd_options -C "$who" 2>&1
}

last_line() { printf '%s\n' "$1" | tail -n 1; }

# --- where the settings go --------------------------------------------------------------------------------------

# A folder whose files are read for every login: an Include before the first Match. Nothing when there is none.
include_folder() {
    set -f
    while read -r keyword rest; do
        case $keyword in
        [Mm][Aa][Tt][Cc][Hh]) break ;;
        [Ii][Nn][Cc][Ll][Uu][Dd][Ee]) ;;
        *) continue ;;
        esac
        for pattern in ${rest%"$return"}; do
            pattern=${pattern#\"}
            pattern=${pattern%\"}
            case $pattern in
            /*) ;;
            *) pattern=/etc/ssh/$pattern ;;
            esac
            case ${pattern%/*} in
            *[*?[]*) continue ;;
            esac
            # shellcheck disable=SC2254 # it is a pattern
            case $drop_in in
            ${pattern##*/})
                printf '%s\n' "${pattern%/*}"
                break 2
                ;;
            esac
        done
    done <"$conf"
    set +f
}

# A file of its own where such are read, else a marked block; it has nothing for other accounts.
choose_target() {
    folder=$(include_folder)
    if [ "$folder" ]; then
        target=$folder/$drop_in
        style=drop-in
    else
        target=$conf
        style=block
    fi
}

# One session, in which whatever is asked for ends at once: sshd sends small packets without waiting only on a link
# on which a command was started (TCP_NODELAY). It would mark the whole link as bulk then: IPQoS says not to.
settings_text() {
    if any_exit; then opens=any; else opens='127.0.0.1:*'; fi
    echo "# RelayTray set this up; it takes it away again. It is about RelayTray's own accounts only."
    settings_for relaytray-tunnel
    cat <<'END'
    DisableForwarding no
    AllowTcpForwarding remote
    PermitListen 127.0.0.1:*
    PermitOpen none
    MaxSessions 1
    ForceCommand /bin/false
    IPQoS none none
    ClientAliveInterval 2
    ClientAliveCountMax 6
END
    settings_for relaytray-pc
    cat <<END
    DisableForwarding no
    AllowTcpForwarding local
    PermitListen none
    PermitOpen $opens
    MaxSessions 1
    ForceCommand /bin/false
    IPQoS none none
    ClientAliveInterval 15
    ClientAliveCountMax 3
END
    settings_for relaytray-enrol
    cat <<'END'
    AllowTcpForwarding no
    PermitListen none
    PermitOpen none
    MaxSessions 1
    ForceCommand none
    ClientAliveInterval 15
    ClientAliveCountMax 3
END
}

settings_for() { # ACCOUNT
    cat <<END
Match User $1
    AllowUsers $1
    AllowGroups $1
END
    # a list that may hold our accounts cannot be taken back, only replaced
    if [ "$denies_users" ]; then echo "    DenyUsers relaytray-nobody"; fi
    if [ "$denies_groups" ]; then echo "    DenyGroups relaytray-nobody"; fi
    cat <<END
    PubkeyAuthentication yes
    AuthenticationMethods publickey
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    AuthorizedKeysFile none
    AuthorizedKeysCommand $libexec/authorized-keys %u
    AuthorizedKeysCommandUser relaytray-enrol
    TrustedUserCAKeys none
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    GatewayPorts no
    PermitTTY no
    ChrootDirectory none
END
}

# Whether some computer may reach more than servers from here; this one counts before its permission is written.
any_exit() {
    [ "$exit" = yes ] && return 0
    for file in "$etc/pcs"/*; do
        [ "${file##*/}" != "$pc" ] && [ "$(values "$file" exit)" = yes ] && return 0
    done
    return 1
}

new_target() { # what the file shall be
    if [ "$style" = drop-in ]; then
        settings_text
    else
        without_block "$conf" || return 1
        [ -z "$(without_block "$conf" | tail -c 1)" ] || echo
        echo "$begin_mark"
        settings_text
        echo "Match all"
        echo "$end_mark"
    fi
}

without_block() { # FILE: false when our block has no end, so that nobody can say what is ours
    inside='' line=''
    while IFS= read -r line; do
        case $line in
        '# relaytray: begin'*) inside=yes ;;
        "$end_mark"*) inside='' ;;
        *) [ "$inside" ] || printf '%s\n' "$line" ;;
        esac
        line=''
    done <"$1" && [ -z "$inside" ] && printf '%s' "$line"
}

# What sshd must say about an account, one setting a line.
demanded() { # ACCOUNT
    settings_text | {
        inside=''
        while read -r keyword rest; do
            case "$keyword $rest" in
            "Match User $1") inside=yes ;;
            "Match "*) inside='' ;;
            AllowUsers* | AllowGroups* | Deny* | TrustedUser* | ForceCommand\ none | Chroot*) ;;
            '# '*) ;;
            *) [ "$inside" ] && printf '%s %s\n' "$keyword" "$rest" ;;
            esac
        done
    } | tr '[:upper:]' '[:lower:]'
}

# not_in_effect: the first setting that does not count, as "ACCOUNT: SETTING", or what sshd -T says instead of them;
# nothing when all is well
not_in_effect() {
    for account in $accounts; do
        told=$(effective "$account") || {
            echo "sshd -T: $(last_line "$told")"
            break
        }
        told=$(printf '%s\n' "$told" | tr '[:upper:]' '[:lower:]')
        demanded "$account" | while IFS= read -r setting; do
            printf '%s\n' "$told" | grep -qxF -e "$setting" || {
                printf '%s: %s\n' "$account" "$setting"
                break
            }
        done
    done | head -n 1
}

# --- the step -----------------------------------------------------------------------------------------------------

look_at_sshd() {
    find_sshd
    version=$(sshd_version)
    choose_target
    told=$(effective "${admin:-root}")
    denies_users=$(printf '%s\n' "$told" | sed -n 's/^denyusers //p')
    denies_groups=$(printf '%s\n' "$told" | sed -n 's/^denygroups //p')
}

check_sshd() {
    look_at_sshd
    if [ -z "$version" ] || is_older_than "$version" 7 8; then
        note sshd-too-old "version=${version:-unknown}" "needed=7.8"
        state=impossible
        return
    fi
    if [ -d "$guarded" ]; then # one that nobody has confirmed yet
        note sshd-reload
        changed
    elif ! new_target | holds "$target"; then
        for account in $accounts; do
            note sshd-setting "path=$target" "setting=Match User $account"
        done
        note sshd-reload
        changed
    elif ! recorded sshd_confirmed "$(new_target | cksum)" || [ "$(not_in_effect)" ]; then
        note sshd-reload
        changed
    fi
}

apply_sshd() {
    end_guard # of a set-up that broke off
    look_at_sshd
    told=$(try_sshd -t) || fail "sshd does not take its present settings: $(last_line "$told")"
    before=$(effective "${admin:-root}") || fail "sshd -T: $(last_line "$before")"
    if [ "$style" = drop-in ]; then
        remember file "$target"
        make_dir "${target%/*}" 755
    else
        recorded block "$target" || [ -z "$(tail -c 1 "$conf")" ] || remember sshd_no_newline yes
        remember block "$target"
    fi
    # first what the file shall be: the guard makes of the old one what the new one is compared with
    wanted=$(new_target && echo x) || fail "$conf: the end of RelayTray's block is missing"
    write_whole "${wanted%x}" "$etc/sshd_new" || fail "$etc could not be written"
    try_before
    arm
    if [ "$style" = drop-in ]; then
        put "$target" 644 <"$etc/sshd_new"
    else
        cp -p "$target" "$target.relaytray-new" && cat "$etc/sshd_new" >"$target.relaytray-new" &&
            mv -f "$target.relaytray-new" "$target" || refuse_settings "$target could not be written"
        relabel "$target"
    fi
    rm -f "$etc/sshd_new"
    told=$(try_sshd -t) || refuse_settings "sshd -t: $(last_line "$told")"
    told=$(effective "${admin:-root}") || refuse_settings "sshd -T: $(last_line "$told")"
    [ "$told" = "$before" ] || refuse_settings "they would change the logins of ${admin:-root} too"
    told=$(not_in_effect)
    case $told in
    '') ;;
    'sshd -T: '*) refuse_settings "$told" ;;
    *) refuse_settings "a setting of this machine comes before ours ($told)" ;;
    esac
    told=$(sh "$guarded/guard" reload "$guarded" 2>&1) || refuse_settings "sshd did not read them: $told"
    echo "state=waiting"
    exit 0
}

# Before anything is in place: a power cut must never leave sshd with settings that it does not take.
try_before() {
    {
        cat "$etc/sshd_new"
        if [ "$style" = drop-in ]; then
            echo "Match all"
            cat "$conf"
        fi
    } >"$etc/sshd_try" || fail "$etc could not be written"
    real=$conf conf=$etc/sshd_try
    if ! told=$(try_sshd -t); then
        rm -f "$etc/sshd_new" "$etc/sshd_try"
        fail "sshd -t: $(last_line "$told")"
    fi
    conf=$real
    rm -f "$etc/sshd_try"
}

# write_whole TEXT FILE: false when a full disk has taken some of it
write_whole() {
    printf '%s' "$1" >"$2" && [ "$(cat "$2" && echo x)" = "$1x" ]
}

# The old settings come back, if nobody has decided yet.
end_guard() {
    [ -d "$guarded" ] || return 0
    sh "$guarded/guard" restore "$guarded"
    rounds=0
    while [ -d "$guarded" ] && [ "$rounds" -lt 10 ]; do # the guard itself may be at it
        sleep 1
        rounds=$((rounds + 1))
    done
    rm -rf "$guarded"
}

refuse_settings() {
    end_guard
    rm -f "$etc/sshd_new" "$target.relaytray-new"
    fail "$*"
}

# The guard puts back what is here now, unless it is told in time that new logins work.
arm() {
    mkdir "$guarded" && chmod 700 "$guarded" || fail "$guarded could not be made"
    payload sshd-guard >"$guarded/guard" && cp "$etc/sshd_new" "$guarded/new" ||
        unguarded "$guarded could not be written"
    if [ -f "$target" ]; then
        cp -p "$target" "$guarded/old" || unguarded "$target could not be copied"
    fi
    printf '%s\n' "target=$target" "sshd=$sshd" "conf=$conf" "options=$sshd_options" "listener=$listener" \
        "unit=$unit" "proc=$proc" "of=$guard" >"$guarded/facts" || unguarded "$guarded could not be written"
    sh "$guarded/guard" arm "$guarded" "${guard_s:-60}" || unguarded "the guard of sshd's settings did not start"
}

unguarded() { # REASON: nothing was changed yet
    rm -rf "$guarded" "$etc/sshd_new"
    fail "$*"
}

# Whether the guard is not that of the set-up which asks, which gives each a word of its own: another computer may have
# begun to set sshd up since then.
is_anothers_guard() {
    [ -d "$guarded" ] && [ "$(values "$guarded/facts" of)" != "$guard" ]
}

confirm_sshd() {
    is_anothers_guard && fail "another computer has begun to set sshd up meanwhile, and these settings were taken back"
    look_at_sshd
    told=$(sh "$guarded/guard" confirm "$guarded" 2>&1) ||
        fail "the old settings of sshd are back already: the new logins took too long"
    forget sshd_confirmed
    remember sshd_confirmed "$(new_target | cksum)"
    rm -rf "$guarded"
}

rollback_sshd() {
    is_anothers_guard || end_guard # with the other one's guard ours came to its end
    echo "state=done"
    exit 0
}

left_sshd() {
    for file in $(values "$record" file) $(values "$record" block); do
        case $file in
        */"$drop_in") if [ -e "$file" ]; then changed; fi ;;
        *) if grep -q '^# relaytray: begin' "$file" 2>/dev/null; then changed; fi ;;
        esac
    done
    if [ -d "$guarded" ]; then changed; fi
}

undo_sshd() {
    find_sshd
    end_guard
    reload=''
    for file in $(values "$record" file); do
        case $file in
        */"$drop_in")
            if [ -e "$file" ]; then
                rm -f "$file" || fail "$file could not be removed"
                reload=yes
            fi
            take_dirs "${file%/*}"
            ;;
        esac
    done
    for file in $(values "$record" block); do
        grep -q '^# relaytray: begin' "$file" 2>/dev/null || continue
        take_block "$file"
        reload=yes
    done
    forget sshd_confirmed
    if [ "$reload" ]; then
        told=$(try_sshd -t) || fail "sshd does not take its settings: $(last_line "$told")"
        mkdir "$guarded" && payload sshd-guard >"$guarded/guard"
        printf '%s\n' "sshd=$sshd" "conf=$conf" "options=$sshd_options" "listener=$listener" "unit=$unit" \
            "proc=$proc" >"$guarded/facts"
        sh "$guarded/guard" reload "$guarded" >/dev/null 2>&1
        rm -rf "$guarded"
    fi
}

take_block() { # FILE
    wanted=$(without_block "$1" && echo x) || fail "$1: the end of RelayTray's block is missing"
    wanted=${wanted%x}
    if recorded sshd_no_newline yes; then wanted=${wanted%"
"}; fi
    cp -p "$1" "$1.relaytray-new" && write_whole "$wanted" "$1.relaytray-new" &&
        mv -f "$1.relaytray-new" "$1" || {
        rm -f "$1.relaytray-new"
        fail "$1 could not be written"
    }
    relabel "$1"
}
