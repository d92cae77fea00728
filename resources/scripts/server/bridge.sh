#!/bin/sh
# RelayTray, on a GPU server: the part of server.sh for a server that its owner also reaches by v2ray or Xray. The
# relay puts it into the script where a bridge belongs to the line.
#
# The bridge is a program that dials the relay and hands what comes from there to the sshd of this machine. It is
# fetched from the relay with this server's own key, kept running by the same loop that keeps ssh -R open, and
# asked every few seconds whether a question still comes back through the relay: a link that went away without a
# word would else be missed for a quarter of an hour.

# shellcheck disable=SC2154,SC2034,SC2015 # the parts share their variables; what stands behind || does no harm

: "${bridge:=}" "${bridge_port:=}"

SSHD_PLACE=65533 WATCH_PLACE=65534 # stand in the settings for the ports that we put there
FIRST_WATCH=20011
ASK_EVERY=10      # seconds between two questions to a bridge that answers
ASK_PATIENCE=7    # seconds that an answer may take
MOVED=32768       # bytes that the program has written since the question before: people's data, and no silence
YOUNG=60          # seconds for the first answer: the relay hands questions to the link before for half a minute
CLOCK_MOST=90     # seconds between two clocks: VMess bears 120
CORE_WORDS=20     # of the program's lines at each start that may go into the log

# --- fetching -------------------------------------------------------------------------------------------------

# from_relay COMMAND...: what the relay gives to this server's own key, once it has reported
from_relay() {
    to_relay "$K" "$enrol_user@$relay_host" "$*"
}

# machine_type: as uname says it; nothing where nobody does, and the relay then gives what it runs itself
machine_type() {
    if has uname; then
        uname -m
    elif [ -r /proc/sys/kernel/arch ]; then
        first_line /proc/sys/kernel/arch
    fi
}

# python_type: "311", for a core that comes as a module of Python
python_type() {
    has python3 || return 0
    python3 -c 'import sys; print("%d%d" % sys.version_info[:2])' </dev/null 2>/dev/null
}

# checksum_of FILE: puts its SHA-256 into $sum; nothing where no program here knows how
checksum_of() {
    sum=''
    if has sha256sum; then
        sum=$(sha256sum "$1" 2>/dev/null)
    elif has openssl; then
        sum=$(openssl dgst -sha256 -r "$1" 2>/dev/null)
    elif has busybox; then
        sum=$(busybox sha256sum "$1" 2>/dev/null)
    elif has shasum; then
        sum=$(shasum -a 256 "$1" 2>/dev/null)
    fi
    sum=${sum%%[ *]*}
}

# check_clock: VMess takes a wrong clock for a wrong secret, and says nothing
check_clock() {
    [ "$bridge" = v2ray ] && [ "$relay_time" ] && has date || return 0
    off=$(($(date +%s) - relay_time))
    [ "$off" -gt "$CLOCK_MOST" ] || [ "$off" -lt "-$CLOCK_MOST" ] || return 0
    lacks "the clocks of this machine and the relay differ by ${off#-} s, and v2ray bears no more than $CLOCK_MOST."
}

# is_whole: whether the core arrived as the relay has it. Where nothing here makes checksums it is sent back, and
# the relay compares.
is_whole() {
    checksum_of "$K.core"
    if [ "$sum" ]; then
        [ "$sum" = "$core_sum" ]
        return
    fi
    told=$(from_relay check "$machine" "$python" <"$K.core" 2>/dev/null)
    [ "$told" = same ]
}

lacks() { # WORDS: the relay takes no more than 400 characters
    why=$(printf '%.250s' "${1%"$RETURN"}")
    missing="$missing${missing:+ }The v2ray route: $why"
}

# fetch_bridge: the program and its configuration; false when there is nothing new, or with $missing in plain words
fetch_bridge() {
    if is_bridge_there && is_up; then
        return 1
    fi
    machine=$(machine_type) machine=${machine:-same} python=$(python_type) python=${python:-none}
    core_kind='' core_sum=''
    about=$(from_relay about "$machine" "$python" </dev/null 2>"$K.tmp")
    why=$(first_line "$K.tmp")
    erase "$K.tmp"
    # shellcheck disable=SC2086 # these are words
    set -- $about
    core_kind=${1-} core_sum=${2-} core_size=${3-} relay_time=${4-}
    if [ -z "$core_kind" ]; then
        lacks "${why#RelayTray: }"
        return 1
    fi
    check_clock
    tell "Fetching the program of the v2ray route from the relay ($bridge for $machine, $((core_size / 1048576)) MB)."
    give_up_core
    if ! from_relay core "$machine" "$python" </dev/null >"$K.core" 2>/dev/null || ! is_whole; then
        erase "$K.core"
        lacks "its program did not arrive whole in $base/.ssh. Is the disk full? Paste the line again."
        return 1
    fi
    if ! find_core_words; then
        erase "$K.core"
        return 1
    fi
    printf '%s\n' "$core_words" >"$K.core-words"
    from_relay config </dev/null >"$K.bridge" 2>/dev/null
    if [ ! -s "$K.bridge" ] || [ ! -s "$K.core-words" ]; then
        erase "$K.bridge"
        lacks "its settings did not arrive in $base/.ssh. Is the disk full? Paste the line again."
        return 1
    fi
}

# find_core_words: how this program wants to be told of its configuration; also shows that it can be run
find_core_words() {
    if [ "$core_kind" = python ]; then
        core_words=python
        why=$(python3 -c "$LOAD_MODULE" "$K.core" </dev/null 2>&1) && return
        lacks "python3 cannot load the relay's $bridge here: ${why##*"$NEWLINE"}"
        return 1
    fi
    if ! has chmod; then
        lacks "there is no chmod here, and a fetched program cannot be run without it."
        return 1
    fi
    chmod 700 "$K.core"
    # v2ray 4 knows the one, v2ray 5 the other, Xray both
    about=$("$K.core" -version </dev/null 2>&1) || about=$("$K.core" version </dev/null 2>&1)
    case $?,$about in
    0,*'V2Ray 4'*) core_words=-config ;;
    0,*V2Ray*) core_words='run -format jsonv4 -config' ;;
    0,*Xray*) core_words='run -format json -config' ;;
    126,*)
        lacks "programs cannot be run in $base/.ssh: that folder forbids it (noexec), or they are for another machine."
        return 1
        ;;
    *)
        about=${about##*"$NEWLINE"}
        lacks "the relay's $bridge does not run here (${about:-it says nothing}). It must be one for $machine."
        return 1
        ;;
    esac
}

is_bridge_there() {
    [ -s "$K.core" ] && [ -s "$K.bridge" ] && [ -s "$K.core-words" ]
}

# --- running --------------------------------------------------------------------------------------------------

# In one line: is_ours reads the first of a command line
LOAD_MODULE='import importlib.machinery as m, importlib.util as u, sys; '\
'loader = m.ExtensionFileLoader("xray", sys.argv[1]); '\
'xray = u.module_from_spec(u.spec_from_loader("xray", loader)); loader.exec_module(xray); '\
'len(sys.argv) > 2 and sys.exit(xray.startFromJSON(open(sys.argv[2], encoding="utf-8").read()))'

# settle_ports: the settings for the core, with the port of this machine's sshd, and one at which the bridge is asked
settle_ports() {
    watch=$FIRST_WATCH
    while is_taken "$watch" && [ "$watch" -lt $((FIRST_WATCH + 400)) ]; do watch=$((watch + 7)); done
    text='' place=$WATCH_PLACE
    while IFS= read -r line; do
        case $line in
        *":$SSHD_PLACE\""*) line="${line%%:"$SSHD_PLACE"\"*}:$target_port\"${line#*:"$SSHD_PLACE"\"}" ;;
        *"\"$SSHD_PLACE\""*) line="${line%%\""$SSHD_PLACE"\"*}\"$target_port\"${line#*\""$SSHD_PLACE"\"}" ;;
        *": $place,"*) # the first one: what listens here stands before the relay's own port, which may be the same
            line="${line%%: "$place",*}: $watch,${line#*: "$place",}"
            place=none
            ;;
        esac
        text=$text$line$NEWLINE
    done <"$K.bridge"
    # as long as it is right it is not written again: a full disk would empty it
    [ -f "$K.core-config" ] && [ "$(show "$K.core-config")$NEWLINE" = "$text" ] ||
        printf '%s' "$text" >"$K.core-config"
}

run_core() {
    read -r words <"$K.core-words"
    case $words in
    python) set -- python3 -c "$LOAD_MODULE" "$K.core" "$K.core-config" ;;
    *)
        # shellcheck disable=SC2086 # these are words
        set -- "$K.core" $words "$K.core-config"
        ;;
    esac
    {
        # the inner shell notes its own number, where the disk is not full, then becomes the core
        # shellcheck disable=SC2016
        sh -c '(echo $$ >"$0") 2>/dev/null; exec "$@"' "$K.core-pid" "$@" 2>&1
    } </dev/null | hear_core
}

hear_core() {
    heard=0
    while IFS= read -r line; do
        heard=$((heard + 1))
        [ "$heard" -le "$CORE_WORDS" ] || continue
        case $line in
        *ailed* | *rror* | *anic*) log "$bridge: $line" ;;
        esac
    done
}

end_core() {
    pid=$(first_line "$K.core-pid")
    is_ours "$pid" && kill "$@" "$pid" 2>/dev/null
}

# keep_bridge: runs the program, again and again, with whoever asks it beside it
keep_bridge() {
    trap 'end_core; [ -z "$asker" ] || kill "$asker"; [ -z "$nap" ] || kill "$nap"; exit 0' TERM INT
    nap='' asker='' wait_s=$SHORTEST
    while is_bridge_there; do
        began=$(now)
        erase "$K.bridge-state"
        settle_ports
        run_core &
        nap=$!
        watch_bridge &
        asker=$!
        wait "$nap"
        kill "$asker" 2>/dev/null
        nap='' asker=''
        if [ "$began" ] && [ $(($(now) - began)) -ge "$STABLE" ]; then
            wait_s=$SHORTEST
        fi
        log "The bridge's $bridge ended; it starts again in $wait_s s."
        pause "$wait_s"
        wait_s=$((wait_s * 2))
        [ "$wait_s" -le "$LONGEST" ] || wait_s=$LONGEST
    done
}

# watch_bridge: ends the program when it does not answer any more although the relay is there
watch_bridge() {
    trap '[ -z "$nap" ] || kill "$nap"; exit 0' TERM INT
    nap='' unanswered=0 was_up='' written='' began=$(now)
    pause 1 # it may be about to dial
    while :; do
        if background is_answered; then
            [ "$was_up" ] || say_bridge_is_up
            unanswered=0 was_up=yes
            is_busy
            pause "$ASK_EVERY"
            continue
        fi
        if is_busy && [ "$was_up" ]; then
            unanswered=0
            pause 1
            continue
        fi
        unanswered=$((unanswered + 1))
        # while the relay cannot be reached nothing would be better; once it can, Xray mends itself at times
        if is_hopeless && background is_relay_there && ! background is_answered && ! is_busy; then
            log "The bridge does not answer, and the relay is there: it is started anew."
            end_core -9 # it has nothing to say to a relay that does not hear it
            return
        fi
        pause 1
    done
}

say_bridge_is_up() {
    echo up >"$K.bridge-state"
    log "The bridge is up: v2ray's way from the relay leads here."
}

# is_busy: whether much went through the program since this was asked before. A question waits its turn behind what
# people fetch, and where one of them has a slow line, all of that has to get there first. (What is written into a
# dead link comes to an end soon.)
is_busy() {
    before=$written written=''
    pid=$(first_line "$K.core-pid")
    {
        while read -r name value; do
            [ "$name" != wchar: ] || written=$value
        done <"/proc/${pid:-0}/io"
    } 2>/dev/null
    [ "$before" ] && [ "$written" ] && [ $((written - before)) -ge "$MOVED" ]
}

# is_hopeless: to one that has answered before, a question more will show
is_hopeless() {
    if [ "$was_up" ]; then
        return 0
    elif [ "$began" ]; then
        [ $(($(now) - began)) -ge "$YOUNG" ]
    else
        [ "$unanswered" -ge "$YOUNG" ] # no clock: each of them takes a second at least
    fi
}

# background COMMAND: its status. A shell that waits can be told to end, one that runs a program cannot.
background() {
    "$@" &
    nap=$!
    wait "$nap"
    set -- $?
    nap=''
    return "$1"
}

# is_answered: whether a question goes to the relay, from there through the portal to this bridge, and back. ssh is
# what there is to ask with; "403" is what the bridge says to it.
is_answered() {
    dial "$watch" 127.0.0.1 "$ASK_PATIENCE" | hears 'HTTP/1.1 403'
}

is_relay_there() {
    dial "$bridge_port" "$relay_host" 5 | hears 'Connection established'
}

dial() { # PORT HOST SECONDS
    ssh -v -F /dev/null -T -p "$1" -o "UserKnownHostsFile=$K.h" -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes \
        -o StrictHostKeyChecking=yes -o "ConnectTimeout=$3" "x@$2" exit </dev/null 2>&1
}

hears() { # WORDS
    while IFS= read -r line; do
        case $line in
        *"$1"*) return 0 ;;
        esac
    done
    return 1
}

# wait_bridge: a moment; it is told either way
wait_bridge() {
    tries=0
    while [ "$tries" -lt 8 ]; do
        if [ "$(first_line "$K.bridge-state")" = up ]; then
            tell "The v2ray route is up, too."
            return
        fi
        pause 1
        tries=$((tries + 1))
    done
    tell "The v2ray route is not up yet. It goes on trying; the log is $base/$K.log"
}

# give_up_core: the file of a program that runs cannot be emptied, and where there is no rm that must do
give_up_core() {
    tries=0
    erase "$K.core" 2>/dev/null
    while [ -s "$K.core" ] && [ "$tries" -lt 10 ]; do
        end_core -9
        pause 1
        tries=$((tries + 1))
        erase "$K.core" 2>/dev/null
    done
}

remove_bridge() {
    give_up_core
    erase "$K.core-words" "$K.core-pid" "$K.bridge" "$K.bridge-loop" "$K.bridge-state" "$K.core-config"
}
