#!/bin/sh
# RelayTray: setting a relay up, the accounts, the programs and the permissions. See setup-common.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script

accounts='relaytray-tunnel relaytray-pc relaytray-enrol'

# --- accounts -------------------------------------------------------------------------------------------------

shell_for() { # ACCOUNT
    case $1 in
    relaytray-enrol) echo /bin/sh ;; # for the one program that its keys are tied to
    *) # each link has one command come to nothing (see settings_text): nologin would put that into the log each time
        for file in /bin/false /usr/bin/false /usr/sbin/nologin; do
            [ -x "$file" ] && echo "$file" && return
        done
        echo /bin/false
        ;;
    esac
}

# Accounts that an older RelayTray made have nologin. Where nothing changes that in place (busybox) they keep it:
# making them anew would end all tunnels.
shell_is_right() { # ACCOUNT SHELL
    [ "$2" != "$(shell_for "$1")" ] || return 0
    case $1:$2 in
    relaytray-enrol:*) return 1 ;;
    */nologin) ! command -v usermod >/dev/null 2>&1 ;;
    *) return 1 ;;
    esac
}

home_for() { # ACCOUNT
    case $1 in
    relaytray-enrol) echo "$reports" ;;
    *) echo /nonexistent ;;
    esac
}

entry() { # FILE NAME: the line of /etc/passwd, shadow or group
    while IFS= read -r line; do
        case $line in
        "$2:"*)
            printf '%s\n' "$line"
            return 0
            ;;
        esac
    done <"$root/etc/$1"
    return 1
}

field() { # LINE NUMBER
    printf '%s\n' "$1" | cut -d: -f"$2"
}

# wrong_about ACCOUNT: what is not as it must be, in a word; nothing when it is right
wrong_about() {
    line=$(entry passwd "$1")
    [ "$(field "$line" 3)" != 0 ] || echo "it is root"
    shell_is_right "$1" "$(field "$line" 7)" || echo "shell $(field "$line" 7)"
    [ "$(field "$line" 6)" = "$(home_for "$1")" ] || echo "home $(field "$line" 6)"
    # "!" would make an sshd without PAM refuse keys too, and anything else may be a password
    [ "$(field "$(entry shadow "$1")" 2)" = '*' ] || echo "password"
}

check_accounts() {
    for account in $accounts; do
        if ! entry passwd "$account" >/dev/null; then
            note account-missing "account=$account"
            changed
            continue
        fi
        what=$(wrong_about "$account" | tr '\n' ' ')
        if [ "$what" ]; then
            note account-differs "account=$account" "what=${what% }"
            changed
        fi
    done
}

apply_accounts() {
    for account in $accounts; do
        if ! entry passwd "$account" >/dev/null; then
            make_account "$account"
        elif [ "$(wrong_about "$account")" ]; then
            recorded user "$account" || fail "there is an account $account already, and RelayTray did not make it"
            mend_account "$account"
        fi
    done
}

make_account() {
    entry group "$1" >/dev/null || remember group "$1"
    remember user "$1"
    if command -v useradd >/dev/null 2>&1; then
        group=--user-group
        entry group "$1" >/dev/null && group="--gid $1"
        # shellcheck disable=SC2086 # two words
        told=$(useradd --system $group --no-create-home --home-dir "$(home_for "$1")" \
            --shell "$(shell_for "$1")" --password '*' --comment RelayTray "$1" 2>&1) || fail "useradd: $told"
    elif command -v adduser >/dev/null 2>&1; then # of busybox
        entry group "$1" >/dev/null || told=$(addgroup -S "$1" 2>&1) || fail "addgroup: $told"
        told=$(adduser -S -D -H -h "$(home_for "$1")" -s "$(shell_for "$1")" -g RelayTray -G "$1" "$1" 2>&1) ||
            fail "adduser: $told"
        told=$(printf '%s:*\n' "$1" | chpasswd -e 2>&1) || fail "chpasswd: $told"
    else
        fail "neither useradd nor adduser is installed"
    fi
}

mend_account() {
    if command -v usermod >/dev/null 2>&1; then
        told=$(usermod --home "$(home_for "$1")" --shell "$(shell_for "$1")" --password '*' "$1" 2>&1) ||
            fail "usermod: $told"
    else # busybox has none
        take_account "$1"
        make_account "$1"
    fi
}

left_accounts() {
    for account in $(values "$record" user); do
        if entry passwd "$account" >/dev/null; then changed; fi
    done
    [ ! -f "$record" ] || changed
}

undo_accounts() {
    for account in $(values "$record" user); do
        take_account "$account"
    done
    for group in $(values "$record" group); do
        if entry group "$group" >/dev/null; then
            told=$(groupdel "$group" 2>&1 || delgroup "$group" 2>&1) || fail "the group $group stays: $told"
        fi
    done
    rm -f "$record" "$record.new"
}

take_account() {
    line=$(entry passwd "$1") || return 0
    uid=$(field "$line" 3)
    [ "$uid" != 0 ] || fail "$1 has become root"
    end_processes "$uid" || fail "processes of $1 do not end"
    if command -v userdel >/dev/null 2>&1; then
        told=$(userdel "$1" 2>&1) || fail "userdel: $told"
    else
        told=$(deluser "$1" 2>&1) || fail "deluser: $told"
    fi
}

# --- programs ---------------------------------------------------------------------------------------------------

programs='authorized-keys enrol server.sh bridge.sh permissions.sh'

# folders_for_all: PATH MODE OWNER of every folder that the programs need
folders_for_all() {
    if [ "$mode" = system ]; then
        printf '%s\n' "$libexec 755 root" "$etc 755 root" "$etc/pcs 755 root" "$etc/servers 755 root" \
            "$etc/tokens 755 root" "${reports%/*} 755 root" "$reports 700 relaytray-enrol"
    else
        printf '%s\n' "$base 700 -" "$libexec 700 -" "$etc 700 -" "$etc/pcs 700 -" "$etc/servers 700 -" \
            "$etc/tokens 700 -" "$reports 700 -"
    fi
}

owner_number() { # NAME
    case $1 in
    root) echo 0 ;;
    -) echo "$me" ;;
    *) field "$(entry passwd "$1")" 3 ;;
    esac
}

check_programs() {
    for program in $programs; do
        if [ ! -e "$libexec/$program" ]; then
            note file-missing "path=$libexec/$program"
            changed
        elif ! payload "$program" | holds "$libexec/$program" ||
            [ "$(about "$libexec/$program" | cut -d' ' -f1,2)" != "-rwxr-xr-x $me" ]; then
            note file-differs "path=$libexec/$program"
            changed
        fi
    done
    check_folders
}

check_folders() {
    told=$(folders_for_all | while read -r folder mode_wanted owner; do
        if [ ! -d "$folder" ]; then
            note file-missing "path=$folder"
            continue
        fi
        case "$mode_wanted $(about "$folder")" in
        "755 drwxr-xr-x"*" $(owner_number "$owner") "* | "700 drwx------"*" $(owner_number "$owner") "*) ;;
        *) note file-differs "path=$folder" ;;
        esac
    done)
    if [ "$told" ]; then
        printf '%s\n' "$told"
        changed
    fi
}

apply_programs() {
    if [ "$mode" = account ]; then
        for place in "$HOME/.ssh" "$HOME/.ssh/authorized_keys"; do
            [ -e "$place" ] || recorded was "$place" || remember made "$place"
            remember was "$place"
        done
    fi
    folders_for_all >"$etc/folders.new" || fail "$etc could not be written"
    while read -r folder mode_wanted owner; do
        make_dir "$folder" "$mode_wanted"
        chmod "$mode_wanted" "$folder" || fail "$folder could not be changed"
        case $owner in
        -) ;;
        root) chown 0:0 "$folder" || fail "$folder could not be changed" ;;
        *) chown "$owner:$owner" "$folder" || fail "$folder could not be changed" ;;
        esac
    done <"$etc/folders.new"
    rm -f "$etc/folders.new"
    for program in $programs; do
        payload "$program" | put "$libexec/$program" 755
    done
    if [ "$mode" = system ]; then
        unsafe=$(unsafe_folders)
        [ -z "$unsafe" ] || fail "sshd runs no programs below $unsafe: others than root may write there"
    fi
}

# sshd insists that nobody but root may change a program that it runs, or a folder above it.
unsafe_folders() {
    folder=$libexec
    while [ "$folder" != "$root" ] && [ "$folder" ]; do
        [ ! -e "$folder" ] || is_safe "$folder" || printf '%s ' "$folder"
        folder=${folder%/*}
    done
}

# Some systems let their staff write to /usr/local.
if [ "$mode" = system ]; then
    libexec=$root/usr/local/libexec/relaytray
    [ -z "$(unsafe_folders)" ] || libexec=$root/usr/lib/relaytray
fi

left_programs() {
    for place in "$libexec" "${reports%/*}"; do
        if [ -e "$place" ]; then changed; fi
    done
    # within an account, this is somebody else's: root has set the machine up as well
    if [ "$mode" = system ] && [ -e "$root/usr/local/libexec/relaytray" ]; then changed; fi
}

undo_programs() {
    rm -rf "$libexec" "$reports"
    if [ "$mode" = system ]; then
        rm -rf "$root/usr/local/libexec/relaytray" "$root/usr/lib/relaytray"
        take_dirs "$root/usr"
        take_dirs "$root/var"
    else
        rm -rf "$etc/servers" "$etc/tokens" "$etc/pcs" "$etc/host"
        values "$record" made >"$etc/made.new"
        while IFS= read -r place; do
            if [ -f "$place" ] && [ ! -s "$place" ]; then rm -f "$place"; fi
        done <"$etc/made.new"
        while IFS= read -r place; do
            if [ -d "$place" ]; then rmdir "$place" 2>/dev/null; fi
        done <"$etc/made.new"
        rm -rf "$base"
    fi
    return 0
}

# --- permissions ------------------------------------------------------------------------------------------------

# The permission itself is given by permissions.sh; here is only what it comes to.
check_permissions() {
    file=$etc/pcs/$pc
    if [ -z "$key" ] || [ "$(values "$file" key)" != "$key" ] || [ "$(values "$file" exit)" != "$exit" ]; then
        note key-not-permitted "fingerprint=$fingerprint"
        changed
    elif [ "$mode" = account ] && ! is_let_in; then
        note key-not-permitted "fingerprint=$fingerprint"
        changed
    fi
    if [ "$mode" = account ] && [ "$exit" = yes ] && [ "$state" = change ]; then note exit-ports; fi
}

# Whether the key's line is there as it must be: an older RelayTray may have let it do more.
is_let_in() {
    line=$("$libexec/authorized-keys" relaytray-pc 2>/dev/null | grep -F "$key relaytray-pc-$pc") || return 1
    grep -qxF -e "$line" "$HOME/.ssh/authorized_keys" 2>/dev/null
}

apply_permissions() { :; }

left_permissions() {
    for folder in pcs servers tokens bridges; do
        for file in "$etc/$folder"/*; do
            if [ -e "$file" ]; then changed; fi
        done
    done
    if [ -e "$etc/host" ]; then changed; fi
    if [ "$mode" = account ] && grep -q '^# relaytray: begin' "$HOME/.ssh/authorized_keys" 2>/dev/null; then
        changed
    fi
}

# Without accounts of their own the tunnels are logins of this account, like the person's: one by one, by port.
end_tunnels() {
    rm -rf "$etc/lock" # theirs is the same
    for file in "$etc/servers"/*; do
        if [ -e "$file" ] && [ -x "$libexec/permissions.sh" ]; then
            tokens=$(values "$file" tokens)
            sh "$libexec/permissions.sh" account drop "port=${file##*/}" "id=${tokens%% *}" >/dev/null 2>&1
        fi
    done
    lock
}

undo_permissions() {
    if [ "$mode" = account ]; then
        end_tunnels
        rm -f "$etc/pcs"/* "$etc/servers"/* "$etc/tokens"/* "$etc/host"
        if [ -x "$libexec/authorized-keys" ]; then
            told=$("$libexec/authorized-keys" --unsync 2>&1) || fail "authorized_keys: $told"
        fi
    else
        rm -rf "$etc/pcs" "$etc/servers" "$etc/tokens" "$etc/bridges" "$etc/host"
        rm -f "$reports"/????????
    fi
}
