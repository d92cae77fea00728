#!/bin/sh
# RelayTray, on a GPU server: keeps a tunnel open from this machine to the relay named below, through which its
# owner logs in here. To take all of it away:  sh ~/.ssh/relaytray-<id>.sh remove
#
#   start    makes and reports the key, arranges for the tunnel to be kept open, says how it stands
#   run      keeps the tunnel open; ends at once when that is being done already
#   revive   what cron and the login files call: run, detached
#   stop, status, remove
#
# It needs a POSIX sh, ssh and ssh-keygen. Whatever else is used is used only where it is there.

# shellcheck disable=SC2015 # what stands behind || does no harm after what stands before it

# relaytray: settings
: "${id:=}" "${alias:=}" "${relay_host:=}" "${relay_port:=}" "${relay_keys:=}" "${tunnel_user:=}"
: "${enrol_user:=}" "${listen_port:=}" "${sshd_port:=}" "${user_sshd:=}" "${person_key:=}" "${bridge:=}"

LOGIN_SHELL=${SHELL-}
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
SHELL=/bin/sh # ssh starts its helpers with this one
export LC_ALL PATH SHELL
umask 077
NEWLINE='
'
RETURN=$(printf '\r')
LOG_LINES=200      # then the log becomes the old log
SHORTEST=1         # seconds before the next attempt, doubled up to LONGEST
LONGEST=30         # also after an outage of hours a server is back soon
HELD_PAUSE=5       # a listener of our lost link still holds the port; sshd lets go of it within half a minute
REFUSED_PAUSE=300  # the relay does not want us: perhaps it will again some day
ELSEWHERE=3        # the status with which it ends on a machine that is not the one it was set up on
STABLE=60          # a link that lived this many seconds was a good one
CIPHERS='aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com aes128-ctr aes256-ctr'

say() {
    printf 'RelayTray: %s\n' "$*"
}

tell() {
    printf '  %s\n' "$*"
}

die() {
    say "$*"
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# --- files --------------------------------------------------------------------------------------------------

# erase FILE...: takes files away, or at least what is in them where there is no rm
erase() {
    for gone in "$@"; do
        [ -e "$gone" ] || [ -L "$gone" ] || continue
        if has rm; then rm -f "$gone"; else printf '' >"$gone"; fi 2>/dev/null
    done
}

# show FILE: a text, without cat
show() {
    while IFS= read -r line; do
        printf '%s\n' "$line"
    done <"$1" && printf '%s' "$line"
}

first_line() {
    line=''
    [ -f "$1" ] && IFS= read -r line <"$1"
    printf '%s' "$line"
}

# note WORDS: remembers what we made, so that `remove` can undo it
note() {
    noted "$1" || printf '%s\n' "$1" >>"$K.made"
}

noted() {
    [ -f "$K.made" ] || return 1
    while IFS= read -r line; do
        [ "$line" = "$1" ] && return 0
    done <"$K.made"
    return 1
}

# has_line FILE LINE
has_line() {
    [ -f "$1" ] || return 1
    while IFS= read -r line || [ "$line" ]; do
        [ "$line" = "$2" ] && return 0
    done <"$1"
    return 1
}

# add_line FILE LINE: at the end, after a newline of its own where the last line has none. The line ends in $MARK.
add_line() {
    has_line "$1" "$2" && return 0
    line=''
    if [ -f "$1" ]; then
        while IFS= read -r line; do line=''; done <"$1" || return 1
    else
        note "file $1"
    fi
    if [ "$line" ]; then
        note "open $1"
        printf '\n%s\n' "$2" >>"$1"
    else
        printf '%s\n' "$2" >>"$1"
    fi
}

# without_ours FILE: what is in it but for the lines that end in $MARK, byte for byte
without_ours() {
    between='' last=''
    while IFS= read -r line || [ "$line" ]; do
        case $line in
        *" $MARK")
            last=ours
            continue
            ;;
        esac
        printf '%s%s' "$between" "$line"
        between=$NEWLINE last=other
    done <"$1"
    if [ "$last" = ours ] && noted "open $1"; then return; fi
    line=''
    while IFS= read -r line; do line=''; done <"$1"
    [ "$line" ] || printf '%s' "$between"
}

# take_lines FILE: removes our lines; the file, too, when it was made for them
take_lines() {
    [ -f "$1" ] || return 0
    kept=$(without_ours "$1" && printf x) || return 1
    kept=${kept%x}
    if [ -z "$kept" ] && noted "file $1"; then
        erase "$1"
        return
    fi
    old=$(show "$1" && printf x)
    [ "$old" = "${kept}x" ] && return 0
    # first beside it: a full disk must not cost anybody's lines
    printf '%s' "$kept" >"$K.tmp" && printf '%s' "$kept" >"$1"
    kept=$?
    erase "$K.tmp"
    return "$kept"
}

# --- processes ----------------------------------------------------------------------------------------------

# is_ours PID: whether this process is one of ours. Without /proc only that there is such a process of this user.
is_ours() {
    case $1 in
    '' | *[!0-9]*) return 1 ;;
    esac
    kill -0 "$1" 2>/dev/null || return 1
    [ -r "/proc/$$/cmdline" ] || return 0
    words=''
    { IFS= read -r words <"/proc/$1/cmdline"; } 2>/dev/null
    case $words in
    *"relaytray-$id"*) return 0 ;;
    esac
    return 1
}

# is_running: whether the supervisor is there that was noted. After a restart of the machine or container its
# number may be that of another process of ours, and even our own.
is_running() {
    noted=$(first_line "$K.pid")
    [ "$noted" != $$ ] && is_ours "$noted" || return 1
    [ -r "/proc/$$/cmdline" ] || return 0
    case $words in
    *"relaytray-$id.sh"*run*) return 0 ;;
    esac
    return 1
}

is_up() {
    is_running && [ "$(first_line "$K.state")" = online ]
}

# Only one supervisor: whoever makes the file. Where there is one already, of a process that is gone, whoever
# writes it last; the others see that after a moment.
be_the_only_one() {
    (set -C && echo $$ >"$K.pid") 2>/dev/null && return
    [ -s "$K.pid" ] || pause 1 # it may be about to be written
    is_running && return 1
    echo $$ >"$K.pid" || return 1
    pause 1
    [ "$(first_line "$K.pid")" = $$ ]
}

stop() {
    for file in "$K.pid" "$K.sshd-loop" "$K.bridge-loop" "$K.ssh" "$K.sshd" "$K.core-pid"; do
        pid=$(first_line "$file")
        erase "$file"
        is_ours "$pid" && kill "$pid" 2>/dev/null
    done
    erase "$K.state"
}

# pause SECONDS: also where there is no sleep: an ssh that waits in vain for an answer takes as long
pause() {
    if has sleep; then
        sleep "$1" &
        nap=$!
        if wait "$nap"; then
            nap=''
            return
        fi
    fi
    ssh -F /dev/null -o "ConnectTimeout=$1" -o 'ProxyCommand=sh -c "read a;read b"' x </dev/null >/dev/null 2>&1 &
    nap=$!
    wait "$nap"
    nap=''
}

# now: seconds of some clock, or nothing where there is none
now() {
    if [ -r /proc/uptime ]; then
        read -r line _ </proc/uptime
        printf '%s' "${line%%.*}"
    elif has date; then
        date +%s
    fi
}

detach() {
    trap '' HUP # from the first moment: the page may be closed right now
    if has setsid; then
        setsid sh "$base/$K.sh" "$1" </dev/null >/dev/null 2>&1 &
    else
        (trap '' HUP && exec sh "$base/$K.sh" "$1") </dev/null >/dev/null 2>&1 &
    fi
}

# --- the tunnel ---------------------------------------------------------------------------------------------

log() {
    lines=$((lines + 1))
    if [ "$lines" -gt "$LOG_LINES" ]; then
        show "$K.log" >"$K.log.old"
        printf '' >"$K.log"
        lines=1
    fi
    stamp=''
    has date && stamp=$(date '+%Y-%m-%d %H:%M:%S ')
    printf '%s%s\n' "$stamp" "$*" >>"$K.log"
}

count_log() {
    lines=0
    [ -f "$K.log" ] || return 0
    while IFS= read -r _; do lines=$((lines + 1)); done <"$K.log"
}

# pinned_relay: as long as it is right it is not written again: a full disk would empty it
pinned_relay() {
    rest=$relay_keys pins=''
    while [ "$rest" ]; do
        pins="${pins}relay ${rest%%,*}$NEWLINE"
        case $rest in
        *,*) rest=${rest#*,} ;;
        *) rest='' ;;
        esac
    done
    [ -f "$K.h" ] && [ "$(show "$K.h")$NEWLINE" = "$pins" ] || printf '%s' "$pins" >"$K.h"
}

# to_relay KEY ARGUMENT...: ssh to the relay, with a key and nothing of this machine's settings
to_relay() {
    identity=$1
    shift
    ssh -F /dev/null -T -i "$identity" -p "$relay_port" -o "UserKnownHostsFile=$K.h" \
        -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias=relay -o StrictHostKeyChecking=yes -o BatchMode=yes \
        -o IdentitiesOnly=yes -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=2 "$@"
}

# Old programs do not know all names: what they know of ours, the fastest first.
ciphers() {
    known=" $(ssh -Q cipher 2>/dev/null | while read -r line; do printf '%s ' "$line"; done)"
    chosen=''
    for cipher in $CIPHERS; do
        case $known in
        *" $cipher "*) chosen=$chosen${chosen:+,}$cipher ;;
        esac
    done
    printf '%s' "${chosen:+Ciphers=}$chosen"
}

# One link, from dialling to its end. The words of ssh -v tell how it went: they go into $K.outcome.
link() {
    choice=$(ciphers)
    alone=yes beside='' shared=''
    if is_without_root; then
        alone='' beside=hold # the relay then knows which of its processes serves us
    elif [ "$shared_in_vain" -lt 2 ] && [ "$choice" ]; then
        erase "$K.m"
        [ -e "$K.m" ] || shared=yes
    fi
    {
        # the inner shell notes its own number, where the disk is not full, then becomes ssh
        # shellcheck disable=SC2016
        sh -c '(echo $$ >"$0") 2>/dev/null; exec ssh "$@"' "$K.ssh" -v ${alone:+-N} -T -F /dev/null -i "$K" -p "$relay_port" \
            -o "UserKnownHostsFile=$K.h" -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias=relay \
            -o StrictHostKeyChecking=yes -o BatchMode=yes -o IdentitiesOnly=yes -o ExitOnForwardFailure=yes \
            -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=2 -o TCPKeepAlive=yes \
            ${choice:+-o "$choice"} ${shared:+-M -S "$K.m" -o IPQoS=af21} \
            -R "127.0.0.1:$listen_port:localhost:$target_port" "$tunnel_user@$relay_host" ${beside:+"$beside"} 2>&1
    } </dev/null | hear
}

# be_prompt: has the relay's sshd send us small packets at once. It does so only on a link on which a command was
# started (up to OpenSSH 10.0); without one, every second key that is typed through the tunnel waits until we have
# acknowledged the one before. The command comes to nothing: that account has no shell. A shared link would be
# marked as bulk; the option says not to.
be_prompt() {
    [ "$shared" ] || return 0
    ssh -F /dev/null -T -S "$K.m" -o ProxyCommand=false -o BatchMode=yes relay exit </dev/null >/dev/null 2>&1
}

# is_without_root: whether the relay was set up within one account, where nobody clears a dead link's listener
is_without_root() {
    [ "$tunnel_user" = "$enrol_user" ]
}

# release: asks such a relay to end the process that still serves our lost link
release() {
    is_without_root || return 0
    answer=$(to_relay "$K" "$tunnel_user@$relay_host" release </dev/null 2>&1)
    answer=${answer##*"$NEWLINE"} # before it stand the relay's banner and what its shell says at each login
    log "The relay was asked for the port of the lost link: $answer"
    [ "$answer" = released ] && delay=$SHORTEST
}

hear() {
    outcome=lost
    echo "$outcome" >"$K.outcome"
    while IFS= read -r line; do
        line=${line%"$RETURN"}
        [ -s "$K.sh" ] || return # it was taken away as the link came up: no file of ours shall come back
        case $line in
        *'remote forward success'*)
            outcome=up
            echo "$outcome" >"$K.outcome"
            echo online >"$K.state"
            log "The tunnel is up: port $listen_port of the relay leads to port $target_port here."
            be_prompt
            continue
            ;;
        Authenticated\ to*)
            outcome=admitted
            echo "$outcome" >"$K.outcome"
            continue
            ;;
        debug* | OpenSSH_* | Transferred:* | 'Bytes per second'*) continue ;;
        'Killed by signal'*) continue ;; # by us: what is written now may come after the files were taken away
        'channel '*': open failed: '*) continue ;; # a relay that was set up by an older RelayTray
        *'remote port forwarding failed'*) outcome=held ;;
        *'Permission denied'*) [ "$outcome" = admitted ] || outcome=refused ;;
        *'Host key verification failed'* | *'HOST IDENTIFICATION HAS CHANGED'*) outcome=stranger ;;
        esac
        echo "$outcome" >"$K.outcome"
        [ "$outcome" = up ] || echo "trying: $line" >"$K.state"
        log "$line"
    done
}

# next_delay: from how the last link went and how long it lived
next_delay() {
    case $(first_line "$K.outcome") in
    up)
        shared_in_vain=$((shared_in_vain > 1))
        if [ -z "$began" ] || [ $(($(now) - began)) -ge "$STABLE" ]; then
            delay=$SHORTEST
        else
            delay=$((delay * 2))
        fi
        ;;
    held) delay=$HELD_PAUSE ;;
    admitted) # and then it ended: perhaps there can be no socket in this folder, as on some network file systems
        shared_in_vain=$((shared_in_vain + 1))
        [ "$shared_in_vain" -gt 2 ] && delay=$((delay * 2)) || delay=$SHORTEST
        ;;
    refused | stranger) delay=$REFUSED_PAUSE ;;
    *) delay=$((delay * 2)) ;;
    esac
    case $(first_line "$K.outcome") in
    refused | stranger) return ;;
    esac
    [ "$delay" -le "$LONGEST" ] || delay=$LONGEST
}

end_children() {
    for file in "$K.sshd-loop" "$K.bridge-loop" "$K.sshd" "$K.core-pid" "$K.ssh"; do
        pid=$(first_line "$file")
        is_ours "$pid" && kill "$pid" 2>/dev/null
    done
}

finish() {
    trap '' TERM INT
    [ "$nap" ] && kill "$nap" 2>/dev/null
    end_children
    [ "$(first_line "$K.pid")" = $$ ] && erase "$K.pid" "$K.state"
    exit 0
}

run() {
    trap '' HUP
    read_key
    read_sshd
    is_this_machine || exit "$ELSEWHERE"
    be_the_only_one || exit 0
    trap finish TERM INT
    end_children # of one that was killed: they hold our port
    count_log
    log "Started, process $$."
    if [ "$sshd" = user ]; then
        keep_sshd &
        echo $! >"$K.sshd-loop"
    fi
    if [ "$bridge" ]; then
        keep_bridge &
        echo $! >"$K.bridge-loop"
    fi
    delay=$SHORTEST shared_in_vain=0
    while [ "$(first_line "$K.pid")" = $$ ]; do
        began=$(now)
        pinned_relay
        link &
        wait $!
        count_log
        next_delay
        [ "$(first_line "$K.outcome")" != held ] || release
        [ "$(first_line "$K.state")" = online ] && echo "trying: the link was lost" >"$K.state"
        log "Next attempt in $delay s."
        pause "$delay"
    done
    finish
}

# --- the sshd of this machine -------------------------------------------------------------------------------

# ask_sshd PORT: puts into $host_keys what the sshd at this port of localhost shows, in $why what ssh said
ask_sshd() {
    host_keys=''
    for kinds in ssh-ed25519 ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521 \
        rsa-sha2-512,rsa-sha2-256,ssh-rsa ''; do
        [ "$kinds" ] || [ -z "$host_keys" ] || break
        printf '' >"$scan"
        why=$(ssh -F /dev/null -T -p "$1" -o "UserKnownHostsFile=$scan" -o GlobalKnownHostsFile=/dev/null \
            -o HostKeyAlias=server -o StrictHostKeyChecking=no -o HashKnownHosts=no -o BatchMode=yes \
            -o PreferredAuthentications=none -o ConnectTimeout=5 ${kinds:+-o "HostKeyAlgorithms=$kinds"} \
            "$user@localhost" exit </dev/null 2>&1)
        while read -r _ type blob _; do
            case $host_keys in
            *" $blob"*) ;;
            *) host_keys=$host_keys$type\ $blob$NEWLINE ;;
            esac
        done <"$scan"
        case $why in
        *refused*) break ;;
        esac
    done
    erase "$scan"
    [ "$host_keys" ]
}

sshd_program() {
    for program in "$(command -v sshd)" /usr/sbin/sshd /usr/local/sbin/sshd /usr/lib/ssh/sshd /opt/ssh/sbin/sshd; do
        case $program in
        /*) [ -x "$program" ] && printf '%s' "$program" && return ;;
        esac
    done
    return 1
}

# ports_in_config: what the machine's own sshd is set to, where that may be read
ports_in_config() {
    [ -r /etc/ssh/sshd_config ] || return 0
    while read -r word port _; do
        case $word in
        [Pp]ort | PORT) printf '%s ' "$port" ;;
        esac
    done </etc/ssh/sshd_config
}

# find_sshd: $sshd = system, user or none; $target_port; $host_keys; $missing in plain words
find_sshd() {
    missing='' sshd=system
    for target_port in $sshd_port $(ports_in_config); do
        ask_sshd "$target_port" && return
    done
    target_port=$sshd_port
    program=$(sshd_program)
    if [ "$user_sshd" = 1 ] && [ "$program" ]; then
        make_user_sshd "$program" && sshd=user && return
    elif [ "$program" ]; then
        missing="No sshd answers at port $sshd_port, but $program is installed: \
make the line again and let it start an sshd for this account only."
    else
        missing="No sshd answers at port $sshd_port and none is installed: install openssh-server \
(as root: apt-get install openssh-server), or ask the server's owner to."
    fi
    sshd=none
}

# make_user_sshd PROGRAM: settings for an sshd of this account, at a free port of this machine only
make_user_sshd() {
    if [ ! -f "$K.host" ] && ! ssh-keygen -q -t ed25519 -N '' -C "$MARK" -f "$K.host" </dev/null >/dev/null; then
        missing="ssh-keygen could not make a host key."
        return 1
    fi
    if [ "$user" = root ] && [ ! -d /run/sshd ] && has mkdir; then
        mkdir -p /run/sshd
    fi
    read_sshd
    port=$target_port
    if [ "$sshd" != user ]; then
        port=2222
        while is_taken "$port" && [ "$port" -lt 2262 ]; do port=$((port + 1)); done
    fi
    target_port=$port
    printf '%s\n' "ListenAddress 127.0.0.1" "Port $port" "HostKey \"$base/$K.host\"" "PidFile none" \
        "AuthorizedKeysFile .ssh/authorized_keys" "PasswordAuthentication no" "PermitRootLogin prohibit-password" \
        "ChallengeResponseAuthentication no" "UsePAM no" "X11Forwarding yes" "AcceptEnv LANG LC_*" \
        "ClientAliveInterval 30" "LogLevel ERROR" "Subsystem sftp internal-sftp" >"$K.sshd_config"
    why=$("$1" -t -f "$base/$K.sshd_config" 2>&1)
    if [ "$why" ] && ! "$1" -t -f "$base/$K.sshd_config" 2>/dev/null; then
        missing="$1 refused our settings: ${why%%"$NEWLINE"*}"
        return 1
    fi
    read -r type blob _ <"$K.host.pub"
    host_keys=$type\ $blob$NEWLINE
}

is_taken() {
    why=$(ssh -F /dev/null -T -p "$1" -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=2 \
        -o UserKnownHostsFile=/dev/null 127.0.0.1 exit </dev/null 2>&1)
    case $why in
    *refused*) return 1 ;;
    esac
}

keep_sshd() {
    program=$(sshd_program) || exit 0
    trap 'is_ours "$(first_line "$K.sshd")" && kill "$(first_line "$K.sshd")"; [ -z "$nap" ] || kill "$nap"; exit 0' \
        TERM INT
    nap=''
    while :; do
        printf '' >"$K.sshd-log"
        "$program" -D -f "$base/$K.sshd_config" -E "$base/$K.sshd-log" </dev/null &
        echo $! >"$K.sshd"
        wait $!
        log "The sshd of this account ended: $(first_line "$K.sshd-log")"
        pause 5
    done
}

# write_sshd, read_sshd: what find_sshd found, for `run`
write_sshd() {
    printf '%s %s\n' "$sshd" "$target_port" >"$K.target"
    printf '%s\n%s' "$(machine_name)" "$host_keys" >"$K.machine"
}

machine_name() {
    name=''
    if [ -r /proc/sys/kernel/hostname ]; then
        read -r name </proc/sys/kernel/hostname
    elif has uname; then
        name=$(uname -n)
    fi
    printf '%s' "$name"
}

# Many machines may share one home folder: cron and the login files start us on each of them. Only the one whose
# sshd has the reported host keys may hold the port. The key of an sshd of this account lies in that home:
# there, and where none answers (not started yet, perhaps), the machine's name decides.
is_this_machine() {
    [ -f "$K.machine" ] || return 0
    if [ "$sshd" != system ] || ! ask_sshd "$target_port"; then
        name=$(machine_name) named=$(first_line "$K.machine")
        [ -z "$name" ] || [ -z "$named" ] || [ "$name" = "$named" ]
        return
    fi
    while read -r _ blob; do
        case $host_keys in
        *" $blob$NEWLINE"*) [ "$blob" ] && return 0 ;;
        esac
    done <"$K.machine"
    return 1
}

read_sshd() {
    sshd=none target_port=$sshd_port
    [ -f "$K.target" ] && read -r sshd target_port <"$K.target"
}

# relaytray: bridge

# --- the person's key ---------------------------------------------------------------------------------------

# allow_person: lets the person's key in, through the tunnel only, unless it may come in already. A line of
# another RelayTray goes when that one does; one with options may be for another address, or have expired.
allow_person() {
    file=$login_home/.ssh/authorized_keys
    blob=${person_key#* } limited=''
    if [ -f "$file" ]; then
        while read -r line || [ "$line" ]; do
            case $line in
            '#'*) ;;
            *" $blob $MARK")
                tell "Your key opens this account, through the tunnel only: a line in $file"
                return 0
                ;;
            *' relaytray-'????????) ;;
            "$person_key" | "$person_key "*)
                tell "Your key opens this account already: it stands in $file"
                return 0
                ;;
            *" $blob" | *" $blob "*) limited=yes ;;
            esac
        done <"$file"
    fi
    if [ ! -d "$login_home/.ssh" ]; then
        has mkdir && mkdir "$login_home/.ssh" && note "folder $login_home/.ssh"
    fi
    if ! add_line "$file" "from=\"127.0.0.1,::1\" $person_key $MARK" 2>/dev/null; then
        missing="$missing${missing:+ }Your key could not be put into $file: that file cannot be written."
        return 1
    fi
    if has chmod; then # sshd heeds no file that others could write
        chmod go-w "$login_home/.ssh" "$file" 2>/dev/null
    fi
    tell "Your key opens this account from now on, through the tunnel only: a line in $file"
    [ -z "$limited" ] || tell "It also stands there with options; sshd heeds the first line that lets it in."
}

# --- what keeps it running ----------------------------------------------------------------------------------

UNIT_FOLDER=.config/systemd/user

# systemd_works: a user manager that runs, and goes on after the last logout
systemd_works() {
    has systemctl && has id && has mkdir || return 1
    name_runtime_folder
    [ -d "$XDG_RUNTIME_DIR/systemd" ] || return 1
    systemctl --user show-environment </dev/null >/dev/null 2>&1 || return 1
    lingers && return 0
    loginctl enable-linger </dev/null >/dev/null 2>&1
    lingers && note "linger"
}

name_runtime_folder() {
    if [ -z "${XDG_RUNTIME_DIR-}" ] && has id; then
        XDG_RUNTIME_DIR=/run/user/$(id -u)
        export XDG_RUNTIME_DIR
    fi
}

lingers() {
    [ -e "/var/lib/systemd/linger/$user" ] ||
        [ "$(loginctl show-user "$user" -p Linger 2>/dev/null </dev/null)" = Linger=yes ]
}

with_systemd() {
    make_folders "$UNIT_FOLDER" || return 1
    printf '%s\n' '[Unit]' "Description=RelayTray: the tunnel of this server ($alias) to its relay" \
        'StartLimitIntervalSec=0' '' '[Service]'  "ExecStart=/bin/sh \"$base/$K.sh\" run" 'Restart=always' \
        'RestartSec=5' "RestartPreventExitStatus=$ELSEWHERE" '' '[Install]' 'WantedBy=default.target' >"$UNIT_FOLDER/$MARK.service" || return 1
    systemctl --user daemon-reload </dev/null >/dev/null 2>&1
    systemctl --user enable "$MARK.service" </dev/null >/dev/null 2>&1 &&
        systemctl --user restart "$MARK.service" </dev/null >/dev/null 2>&1 &&
        systemctl --user is-active "$MARK.service" </dev/null >/dev/null 2>&1
}

without_systemd() {
    [ -f "$UNIT_FOLDER/$MARK.service" ] || return 0
    name_runtime_folder
    systemctl --user disable --now "$MARK.service" </dev/null >/dev/null 2>&1
    erase "$UNIT_FOLDER/$MARK.service" "$UNIT_FOLDER/default.target.wants/$MARK.service"
    systemctl --user daemon-reload </dev/null >/dev/null 2>&1
    noted linger && ! has_other_unit && loginctl disable-linger </dev/null >/dev/null 2>&1
    has rmdir && rmdir "$UNIT_FOLDER/default.target.wants" 2>/dev/null
    return 0
}

# has_other_unit: whether another line's tunnel is kept by systemd in this account
has_other_unit() {
    for unit in "$UNIT_FOLDER"/relaytray-*.service; do
        [ -f "$unit" ] && [ "$unit" != "$UNIT_FOLDER/$MARK.service" ] && return 0
    done
    return 1
}

# make_folders PATH: all that are missing, each of them noted
make_folders() {
    path='' rest=$1/
    while [ "$rest" ]; do
        path=$path${path:+/}${rest%%/*}
        rest=${rest#*/}
        [ -d "$path" ] || { mkdir "$path" && note "folder $path"; } || return 1
    done
}

# cron_works: there is a crontab that may be written, and a cron that reads it
cron_works() {
    has crontab || return 1
    crontab -l </dev/null >/dev/null 2>"$K.tmp"
    why=$(first_line "$K.tmp")
    erase "$K.tmp"
    case $why in
    *'not allowed'* | *ermission* | *must\ be*) return 1 ;;
    esac
    for file in /proc/[0-9]*/comm; do
        name=''
        { read -r name <"$file"; } 2>/dev/null
        case $name in
        cron | crond | fcron | dcron | anacron) return 0 ;;
        esac
    done
    return 1
}

# edit_crontab with|without: our two lines, after and apart from everybody else's
edit_crontab() {
    # what cannot be read as a whole, or kept because a disk is full, is not replaced by less
    if ! table=$(crontab -l </dev/null 2>"$K.tmp" && printf x); then
        case $(show "$K.tmp") in
        *'no crontab'* | *'No such file'*) table=x ;;
        *)
            erase "$K.tmp"
            return 1
            ;;
        esac
    fi
    printf '%s' "${table%x}" >"$K.cron"
    show "$K.cron" >"$K.cron-old"
    if [ "$(show "$K.cron" && printf x)$(show "$K.cron-old" && printf x)" != "$table$table" ]; then
        erase "$K.tmp" "$K.cron" "$K.cron-old"
        return 1
    fi
    if [ "$1" = with ]; then
        add_line "$K.cron" "@reboot sh \"$base/$K.sh\" revive # $MARK" &&
            add_line "$K.cron" "*/5 * * * * sh \"$base/$K.sh\" revive # $MARK"
    else
        take_lines "$K.cron"
    fi || {
        erase "$K.tmp" "$K.cron" "$K.cron-old"
        return 1
    }
    if [ -s "$K.cron" ]; then
        crontab "$K.cron" </dev/null >/dev/null 2>&1
    elif [ -s "$K.cron-old" ]; then
        crontab -r </dev/null >/dev/null 2>&1
    fi
    done=$?
    erase "$K.tmp" "$K.cron" "$K.cron-old"
    return "$done"
}

without_cron() {
    noted cron && has crontab || return 0
    edit_crontab without
}

FISH_FOLDER=.config/fish/conf.d

# find_login_file: $login_file, which this account's login shell reads, and $login_line in that shell's words
find_login_file() {
    login_line="[ ! -f \"$base/$K.sh\" ] || sh \"$base/$K.sh\" revive # $MARK"
    case $LOGIN_SHELL in
    */zsh)
        login_file=.zprofile
        return
        ;;
    */csh | */tcsh)
        login_file=.login
        login_line="if ( -f \"$base/$K.sh\" ) sh \"$base/$K.sh\" revive # $MARK"
        return
        ;;
    */fish) # every fish reads it, not only that of a login
        login_file=$FISH_FOLDER/$MARK.fish
        login_line="status --is-login; and test -f \"$base/$K.sh\"; and sh \"$base/$K.sh\" revive # $MARK"
        return
        ;;
    esac
    for login_file in .bash_profile .bash_login; do
        if [ -f "$login_file" ]; then return; fi
    done
    login_file=.profile
}

with_loop() {
    find_login_file
    case $login_file in
    "$FISH_FOLDER"/*) make_folders "$FISH_FOLDER" ;;
    esac 2>/dev/null && add_line "$login_file" "$login_line" 2>/dev/null
    detach run
}

LOGIN_FILES='.profile .bash_profile .bash_login .zprofile .login'

# without_keeper: none of the three starts us any more. False: the files in $problem could not be changed.
without_keeper() {
    problem=''
    without_systemd
    without_cron || problem=' crontab'
    for file in $LOGIN_FILES "$FISH_FOLDER/$MARK.fish"; do
        take_lines "$file" || problem="$problem $file"
    done
    [ -z "$problem" ]
}

choose_keeper() {
    if systemd_works; then
        keeper=systemd
    elif cron_works; then
        keeper=cron
    else
        keeper=loop
    fi
}

# install_keeper: the chosen one, or the next one that works
install_keeper() {
    case $keeper in
    systemd)
        with_systemd && return
        without_systemd
        if cron_works; then keeper=cron; else keeper=loop; fi
        install_keeper
        ;;
    cron)
        note cron
        if edit_crontab with; then
            detach run
            return
        fi
        keeper=loop
        with_loop
        ;;
    loop) with_loop ;;
    esac
}

# --- what is asked of it ------------------------------------------------------------------------------------

install_self() {
    [ "$0" = "$K.sh" ] && return
    old=''
    [ -f "$K.sh" ] && old=$(show "$K.sh")
    if [ "$old" != "$(show "$0")" ]; then
        stop # it would go on with the old one
        show "$0" >"$K.sh"
        [ "$(show "$0")" = "$(show "$K.sh")" ] || die "$base/$K.sh cannot be written. Is the disk full?"
    fi
    case $0 in
    *"relaytray-$id.n") erase "$0" ;;
    esac
}

# Where ssh itself, and sshd, look for this user's files: $HOME may be another folder.
find_login_home() {
    login_home=$(ssh-keygen -l </dev/null 2>/dev/null)
    login_home=${login_home#*'('}
    case $login_home in
    /*/.ssh/*) login_home=${login_home%%/.ssh/*} ;;
    *) login_home=$base ;;
    esac
}

make_key() {
    if [ ! -s "$K" ] || [ ! -s "$K.pub" ]; then
        erase "$K" "$K.pub"
        # where an empty file could not be taken away, it asks whether it may be overwritten
        echo y | ssh-keygen -q -t ed25519 -N '' -f "$K" >/dev/null ||
            die "ssh-keygen could not make a key in $base/.ssh."
    fi
    read_key
}

read_key() {
    read -r key_type key_blob user <"$K.pub"
    user=${user%@*} # ssh-keygen knows who we are
    [ "$user" ] || user=${LOGNAME:-${USER:-}}
}

print_report() {
    printf 'key=%s %s\nuser=%s\nhome=%s\nkeeper=%s\n' "$key_type" "$key_blob" "$user" "$login_home" "$keeper"
    printf 'sshd=%s\nsshd_port=%s\nmissing=%s\n' "$sshd" "$target_port" "$missing"
    rest=$host_keys
    while [ "$rest" ]; do
        printf 'host_key=%s\n' "${rest%%"$NEWLINE"*}"
        rest=${rest#*"$NEWLINE"}
    done
}

report() {
    told=$(print_report | to_relay "$K.e" "$enrol_user@$relay_host" report 2>&1)
    answer=${told##*"$NEWLINE"} # as in `release`: what stands before it may be anything
    answer=${answer%"$RETURN"}
    case $answer in
    accepted) return 0 ;;
    'RelayTray: '*)
        answer=${answer#RelayTray: }
        return 1
        ;;
    esac
    case $told in
    *'Permission denied'*) answer="The relay does not know this line (any more): it has expired. Make a new one." ;;
    *'Host key verification failed'* | *IDENTIFICATION*)
        answer="Another machine answered in the place of the relay $relay_host."
        ;;
    *) answer="The relay $relay_host could not be reached: $answer" ;;
    esac
    return 1
}

# supersede: an older line for the same place at the same relay gives way
supersede() {
    for older in .ssh/relaytray-*.sh; do
        [ -f "$older" ] && [ "$older" != "$K.sh" ] || continue
        has_line "$older" "relay_host='$relay_host'" && has_line "$older" "relay_port='$relay_port'" &&
            has_line "$older" "listen_port='$listen_port'" || continue
        inherit "${older%.sh}.made"
        sh "$older" remove >/dev/null 2>&1
        tell "An older tunnel to the same place was taken away."
    done
}

# inherit FILE: what an older line found missing was missing before us, too
inherit() {
    [ -f "$1" ] || return 0
    left=''
    while IFS= read -r line; do
        inherited=$line
        case $line in
        'folder '* | linger) note "$inherited" ;;
        esac
        [ "$inherited" = linger ] || left=$left$inherited$NEWLINE # it shall go on
    done <"$1"
    printf '%s' "$left" >"$1"
}

# bequeath: what we made and another line still needs goes with that one
bequeath() {
    for heir in .ssh/relaytray-*.sh; do
        [ -s "$heir" ] && [ "$heir" != "$K.sh" ] && [ -f "$K.made" ] || continue
        while IFS= read -r line; do
            case $line in
            linger) has_other_unit && echo linger ;;
            'folder '* | 'file '* | 'open '*) [ -e "${line#* }" ] && printf '%s\n' "$line" ;;
            esac
        done <"$K.made" >>"${heir%.sh}.made"
        return
    done
}

wait_online() {
    tries=0
    while [ "$tries" -lt 100 ]; do
        state=$(first_line "$K.state")
        case $state in
        online) return 0 ;;
        esac
        if sleep 0.2 2>/dev/null; then # not every sleep knows parts of seconds
            tries=$((tries + 1))
        else
            pause 1
            tries=$((tries + 5))
        fi
    done
    return 1
}

say_how_it_is_kept() {
    case $keeper in
    systemd) tell "systemd keeps the tunnel open, also after a restart of this machine." ;;
    cron) tell "cron keeps the tunnel open, also after a restart of this machine." ;;
    loop)
        tell "A loop in the background keeps the tunnel open after you close this page. When this machine"
        find_login_file
        if has_line "$login_file" "$login_line"; then
            tell "or container is restarted, log in here once or paste the line again."
        else
            tell "or container is restarted, paste the line again."
        fi
        ;;
    esac
}

is_installed() {
    [ -f "$K.target" ] && [ -f "$K.keeper" ]
}

start() {
    install_self
    [ -z "${M-}" ] || note "folder .ssh" # the line saw that there was none
    make_key
    find_login_home
    pinned_relay
    erase "$K.r"
    if [ ! -s "$K.e" ]; then
        is_installed || die "This line was not finished and cannot be used again. Make a new one in RelayTray."
        start_again
        return
    fi
    say "setting up the tunnel of $alias to $relay_host."
    find_sshd
    choose_keeper
    if ! report; then
        erase "$K.e"
        is_installed || {
            remove_files
            die "$answer Nothing was set up."
        }
        say "$answer"
        start_again
        return
    fi
    tell "This machine has a key of its own, $base/$K: it stays here and opens port $listen_port of the relay only."
    supersede
    reported=$keeper$missing
    write_sshd
    [ -z "$person_key" ] || allow_person
    was_up='' has_more=''
    [ -z "$bridge" ] || ! fetch_bridge || has_more=yes
    if is_up && [ "$(first_line "$K.keeper")" = "$keeper" ] && [ -z "$has_more" ]; then
        was_up=yes
    else
        [ "$(first_line "$K.keeper")" = "$keeper" ] || without_keeper
        stop
        install_keeper
    fi
    echo "$keeper" >"$K.keeper"
    [ "$keeper$missing" = "$reported" ] || report
    erase "$K.e"
    finish_start
}

# elsewhere: for a machine that is not the one the line was made for
elsewhere() {
    named=$(first_line "$K.machine")
    printf '%s' "This is not the machine that the line of $alias was made for${named:+ ($named)}, \
or it was made anew since. Make a new line in RelayTray and paste it here."
}

# start_again: pasted once more, or started by hand
start_again() {
    keeper=$(first_line "$K.keeper") missing=''
    read_sshd
    if is_up; then
        say "the tunnel of $alias is up already."
        return
    fi
    # before anything is stopped: the files may be those of a tunnel that is up elsewhere
    is_this_machine || die "$(elsewhere)"
    was_up=''
    say "starting the tunnel of $alias to $relay_host again."
    stop
    install_keeper
    finish_start
}

finish_start() {
    say_how_it_is_kept
    [ -z "$missing" ] || tell "MISSING: $missing"
    if [ "$was_up" ]; then
        say "the tunnel of $alias is up already."
    elif wait_online; then
        say "the tunnel is up. Go back to RelayTray: it shows this server as online by itself."
        [ -z "$bridge" ] || ! is_bridge_there || wait_bridge
        [ "$sshd" != user ] || ask_sshd "$target_port" ||
            tell "But the sshd of this account does not answer: $(first_line "$K.sshd-log")"
    else
        say "the tunnel is not up yet (${state#trying: }). It goes on trying; the log is $base/$K.log"
    fi
    tell "To take it all away: sh $(shown_script) remove"
}

# shown_script: as it can be pasted
shown_script() {
    case $base in
    *[!A-Za-z0-9/._+@-]*) printf "'%s'" "$base/$K.sh" ;;
    *) printf '%s' "$base/$K.sh" ;;
    esac
}

# halt: what a person means by stop; whatever keeps us may start us again
halt() {
    if [ -f "$UNIT_FOLDER/$MARK.service" ]; then
        name_runtime_folder
        systemctl --user stop "$MARK.service" </dev/null >/dev/null 2>&1
    fi
    stop
    say "stopped. It starts again with the machine, within minutes where cron keeps it," \
        "and by: sh $(shown_script)"
}

revive() {
    is_running || detach run
}

status() {
    if is_running; then
        say "running as process $(first_line "$K.pid"), $(first_line "$K.state")"
        [ -z "$bridge" ] || tell "The v2ray route: $(first_line "$K.bridge-state")"
    else
        say "not running"
        read_key
        read_sshd
        is_this_machine || tell "$(elsewhere)"
    fi
    [ -f "$K.log" ] || return 0
    count=0
    count_log
    while IFS= read -r line; do
        count=$((count + 1))
        [ $((lines - count)) -ge 10 ] || tell "$line"
    done <"$K.log"
}

remove_files() {
    folders=''
    if [ -f "$K.made" ]; then
        while IFS= read -r line; do
            case $line in
            'folder '*) folders=${line#folder }$NEWLINE$folders ;; # the innermost first
            esac
        done <"$K.made"
    fi
    erase "$K" "$K.pub" "$K.e" "$K.h" "$K.n" "$K.r" "$K.m" "$K.pid" "$K.ssh" "$K.sshd" "$K.sshd-loop" "$K.state" \
        "$K.outcome" "$K.log" "$K.log.old" "$K.scan"* "$K.tmp" "$K.cron" "$K.cron-old" "$K.host" \
        "$K.host.pub" "$K.sshd_config" "$K.sshd-log" "$K.target" "$K.machine" "$K.keeper" "$K.made" "$K.sh"
    [ -z "$bridge" ] || remove_bridge
    while [ "$folders" ] && has rmdir; do
        rmdir "${folders%%"$NEWLINE"*}" 2>/dev/null
        folders=${folders#*"$NEWLINE"}
    done
}

remove() {
    find_login_home
    without_keeper
    stop
    take_lines "$login_home/.ssh/authorized_keys" || problem="$problem $login_home/.ssh/authorized_keys"
    bequeath
    remove_files
    if [ "$problem" ]; then
        say "these files could not be changed; take the lines out that end in $MARK:$problem"
    elif has rm; then
        say "the tunnel of $alias is taken away from this machine, with all its files."
    else
        say "the tunnel of $alias is taken away. Empty files named $base/$K* remain: there is no rm here."
    fi
}

main() {
    MARK=relaytray-$id
    K=.ssh/$MARK
    case $0 in
    */*) cd "${0%/*}/.." || exit 1 ;;
    *) cd .. || exit 1 ;;
    esac
    base=$PWD
    lines=0 nap=''
    scan=$K.scan-${1-start} # a login file may start us while the line is being pasted
    [ "$id" ] || die "This script comes filled in from a relay; it cannot be started as it is."
    case ${1-start} in
    start) start ;;
    run) run ;;
    revive) revive ;;
    stop) halt ;;
    status) status ;;
    remove) remove ;;
    *) die "Say one of: start, stop, status, remove." ;;
    esac
}

main "$@"; exit
