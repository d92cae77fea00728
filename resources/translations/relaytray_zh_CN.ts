<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutBox</name>
    <message>
        <source>About RelayTray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reaches GPU servers through your own relay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free software under the MIT licence.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its files are in {folder}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Chain</name>
    <message>
        <source>This computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tunnel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not asked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>being asked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>works</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fails here</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CodesDialog</name>
    <message>
        <source>{profile} asks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay {profile} asks this itself:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last answer was not accepted. Please try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Copied: ssh config of {alias}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied: proxy environment for {shell}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Detail</name>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected: its sshd answered through {relay}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{relay} is reached; asking the server for an answer...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting to {relay}...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not connected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off. It connects when you press Connect, or when a program asks for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off. It connects when a program uses its SOCKS port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Linked: logged in at {relay}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing the link...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What does this mean?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the relay...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the server...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ssh, VS Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SOCKS5 proxy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other addresses leave at {alias}; localhost is {alias} itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other addresses leave at {relay}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plain ssh port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy ssh config</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy SOCKS address</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DetailPage</name>
    <message>
        <source>Next try in {seconds} s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy proxy environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Received {amount} ({rate})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent {amount} ({rate})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open connections: {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round trip: {ms} ms</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Editing</name>
    <message>
        <source>Remove the relay {name} from RelayTray? The machine itself is left as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the GPU server {alias} from RelayTray? The server itself is left as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EditorDialog</name>
    <message>
        <source>More settings</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ErrorText</name>
    <message>
        <source>This profile cannot be saved yet: {problem} Correct that field and save again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no relay named &quot;{name}&quot;.[ Did you mean &quot;{near}&quot;?] Choose one of the saved relays or add it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no server named &quot;{name}&quot;.[ Did you mean &quot;{near}&quot;?] Choose one of the saved servers or add it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name &quot;{name}&quot; is already used by another profile. Choose a different name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay &quot;{name}&quot; cannot be removed because these servers are reached through it: {servers}. Remove them first or give them another relay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {path} cannot be read: {reason}. Check that it exists and that you may read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {path} cannot be written: {reason}. Check that its folder exists, that you may write there and that the disk is not full.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {path} cannot be understood: {reason}.[ It was set aside as {kept}; nothing in it is lost.] Correct it in a text editor and import it, or use another copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {path} was written by a newer RelayTray (file version {version}), which this one cannot read.[ It was set aside as {kept}; nothing in it is lost.] Update RelayTray, then import that file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The profiles in {path} were restored from the last backup, {backup}. Look through them: the newest change may be missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The local port {address} is already used by another program[: {holder}]. Close that program, or choose another port in the profile[, for example {suggestion}].</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The local port {address} is reserved by Windows (often for Hyper-V or WSL), though no program uses it. Choose another port in the profile[, for example {suggestion}].</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system does not let you open the local port {address}; ports below 1024 are for administrators. Choose a higher port in the profile[, for example {suggestion}].</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The local port {address} cannot be opened: {reason}. Choose another port in the profile, or try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RelayTray is not running for this data folder. Start it and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer offers no keyring to store passphrases in. RelayTray keeps them until it quits; to store them, start a keyring service such as GNOME Keyring or KWallet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s keyring is locked, so stored passphrases cannot be used. Unlock it and try again; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s keyring did not answer in time. Look for a window that asks for the keyring&apos;s password, or restart the keyring service; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s keyring failed: {reason}. Restart the keyring service or log in again; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The program {program} was not found on this computer. Install it, or add its folder to PATH, and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No address was found for &quot;{host}&quot;. Check how the name is spelled and that this computer is online.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} is reachable but refused the connection to port {port}: nothing listens there. Check the port, and that the SSH service runs on the relay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} did not answer on port {port} in time. Check that the relay is switched on and that its firewall and your network let this port through.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no way through the network to {host}: {reason}. Check that this computer is online, and any VPN.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What answers at {host}, port {port}, is not an SSH server. Check the address and port of the relay; on a public network, you may have to sign in with the browser first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} and RelayTray found no common way to encrypt the connection: {reason}. Update the SSH server there, or allow modern algorithms in its configuration.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection to {host} was lost: {reason}. Check the network; RelayTray connects again when it can, or choose Connect.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} is seen for the first time and nobody confirmed its key ({key_type}, {fingerprint}). Compare the fingerprint with the one its owner gives you, then connect again and confirm it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} showed a different key than before, so RelayTray stopped: another machine may be answering in its place. Now: {key_type} {fingerprint}. Trusted: {pinned}[, in {where}]. Ask its owner; only when the machine was set up anew, forget the old key and connect again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} showed a key ({key_type}, {fingerprint}) that is marked as revoked[ in {where}], so RelayTray stopped. Ask its owner for a new key before you connect.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The login as &quot;{user}&quot; at {host} was refused[; it accepts: {methods}]. Check the user name, and that the public half of your key is in ~/.ssh/authorized_keys there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key file {path} does not exist. Choose the right private key in the profile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key file {path} cannot be read: {reason}. Check that it is a whole private key and that you may read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key file {path} cannot be used: {reason}. Convert it to OpenSSH format or choose another key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The passphrase does not open the key file {path}. Try again with the right one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No SSH agent (the program that holds unlocked keys) is running. Start one, or choose a key file in the profile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The SSH agent (the program that holds unlocked keys) holds no key. Add one with ssh-add, or choose a key file in the profile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An answer was needed and there was no one to ask: &quot;{question}&quot; Run this in a terminal or start the RelayTray window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay &quot;{relay}&quot; is up, but nothing listens on its port {port}: the tunnel from {alias} is down. Start the tunnel again on {alias}, for example from its web terminal.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} does not allow connections to {target}. Allow it there (AllowTcpForwarding in sshd_config, permitopen in authorized_keys), or use another account.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} opens no more connections for now: it reached its limit. Close some programs that use it and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tunnel to {alias} opens, but its SSH service says nothing. Check that the server is not overloaded, and start the tunnel on it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What answers at the end of the tunnel to {alias} is not an SSH server. Check the port in its profile and in the tunnel that runs on it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} could not reach {target}: it was refused or did not answer. Check that the program you want to reach runs there and listens on that port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port {port} of {alias} is not open to programs on this computer; its profile opens only SSH, port 22. Add a forward for this port or set the exit of the profile to the server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled: {what}. Nothing was changed; try again whenever you like.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something went wrong inside RelayTray: {reason}. Try again; if it happens again, save the log and report it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ForwardsTable</name>
    <message>
        <source>Add a forward</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FrontEnd</name>
    <message>
        <source>Connected.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HostKeyChanged</name>
    <message>
        <source>{profile} is not the machine it was before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The host key of {profile} is marked as revoked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection was stopped before anything was sent. Either the machine was reinstalled or replaced, or somebody else&apos;s machine answers in its place and waits for your password or your data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find out first: ask who runs the machine, or look at its fingerprint in its own console. Only if the change was made on purpose, open Edit, More settings, and remove the pinned keys there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned in</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HostKeyDialog</name>
    <message>
        <source>Is this the right machine?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU server {profile} ({host}) has not been seen before. It shows this host key:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay {profile} ({host}) has not been seen before. It shows this host key:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare it with what the machine itself says: run this on it, in its cloud console or web terminal. Trust it only if the line is the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They are the same: trust it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key_type}, fingerprint:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture of the key (randomart)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import profiles</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profiles to import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not imported:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing in {source} that could be imported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From {source}. Nothing that you have is changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tunnel at port {port}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImportText</name>
    <message>
        <source>&quot;{alias}&quot; was left out: conditions (Match) cannot be imported. Check the hosts it applies to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{alias} was left out: it is reached through a command of its own ({detail}). Add it by hand if a relay leads to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{alias} was left out: it is reached through several machines in a row ({detail}), and RelayTray goes through one. Add it by hand if one relay leads to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{alias} was left out: ssh does not accept this line either: {detail}. Correct it and retry.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {alias} was read only once: it includes itself. Correct its Include lines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file {alias} was left out: too many files include each other. Correct the Include lines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The line &quot;{detail}&quot; was left out: ssh does not accept it either. Correct it and retry.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The included file {alias} was left out: {detail}. Check that you may read it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LogWindow</name>
    <message>
        <source>Log of RelayTray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show only lines with...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Secrets are masked. The file is in {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>RelayTray (demo)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Demo: the relay and the GPU server run inside this program, with throw-away keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU server...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Relay...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From ssh config...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From a profile file...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export profiles...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import profiles...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About RelayTray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PinnedKeys</name>
    <message>
        <source>Pinned host keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If the machine was reinstalled and you have compared its new fingerprint with its own console, you can remove the pinned keys. The next connection then asks again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have checked that the machine was changed on purpose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the pinned keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlacesList</name>
    <message>
        <source>Relays and GPU servers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemText</name>
    <message>
        <source>This is needed. Please fill it in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Too long. Use at most {limit} characters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No spaces are allowed here. Remove them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This must not begin with a dash: ssh would take it for an option. Remove the dash.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is a line break, tab or other invisible character in it. Type it anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is not a host. Write only a name or an address, such as relay.example.org; the port and the user have fields of their own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&quot;{value}&quot; has characters that ssh does not accept in a user name. Check its spelling.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value} is not a port. Choose a number from 1 to 65535.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value} does not fit. Choose a number from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name &quot;{name}&quot; is already used. Choose a different one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use small letters a-z, digits, dots, dashes and underscores, beginning with a letter or digit: &quot;{example}&quot;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&quot;{value}&quot; already means something else to programs. Choose a name such as &quot;lab-gpu&quot;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the private key file, or another way to log in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port {port} is already used by {other}. Choose a different port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The traffic of this relay already leaves at &quot;{other}&quot;, and only one server can be its exit. Change that server first, or choose the relay as the exit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the relay that leads to this server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Programs cannot send this name. Choose a shorter one without a colon.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is not one of the choices. Choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RelayEditor</name>
    <message>
        <source>Add a relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit the relay {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A relay is a machine of your own that your computer and the GPU server can both reach by ssh, for example a small cloud server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>my-relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>relay.example.org or 203.0.113.7</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys of the ssh agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whatever the relay asks (one-time codes)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the private key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you call it here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ssh port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log in with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key stays where it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect when RelayTray starts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Programs on this computer use 127.0.0.1 and this port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SOCKS port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close when unused for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask whether it lives every</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it empty to use &lt;key file&gt;-cert.pub where there is one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it empty to let every program on this computer use the port without a password.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SOCKS user</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SOCKS password</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SecretDialog</name>
    <message>
        <source>Passphrase of the key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{profile} needs the passphrase of the key file {subject}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{profile} asks for the password of {subject}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last one did not fit. Please try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remember it in the system&apos;s keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unticked, it is kept until RelayTray quits. It is never written to a file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no usable keyring: it is kept until RelayTray quits.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SecretField</name>
    <message>
        <source>Show or hide it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SecretsList</name>
    <message>
        <source>Asking the keyring...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no usable keyring: secrets are kept until RelayTray quits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They are kept by {backend}, and nowhere else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is remembered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passphrase of {subject}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Password of {subject}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SOCKS password of {subject}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget: {what}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerEditor</name>
    <message>
        <source>Edit the GPU server {alias}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a GPU server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU server keeps a tunnel open to the relay (ssh -R). Ask the owner of the server before you open a tunnel to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the private key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name you give to ssh and VS Code: ssh lab-gpu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The port of the relay at which the server&apos;s tunnel ends: the number in ssh -R.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tunnel port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your account on the GPU server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it empty to use the ssh agent or your usual keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at the relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at this GPU server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder on the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the traffic of programs that use the SOCKS port leaves, for addresses that are none of your servers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For programs that know no proxy: 127.0.0.1 and this port is the server&apos;s ssh.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plain ssh port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For example 8888 for Jupyter and 6006 for TensorBoard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port forwards</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the relay sees it; nearly always 127.0.0.1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tunnel address</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remembered secrets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As is usual on this system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connects or disconnects the default server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>macOS always opens the menu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start without opening the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A click on the tray icon</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bring a lost connection back by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also after the computer has slept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything (for finding faults)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the log keeps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Traffic</name>
    <message>
        <source>{amount}/s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Transfers</name>
    <message>
        <source>Import profiles</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export profiles (without secrets)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported to {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported: {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profiles</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>trouble</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RelayTray: closing connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No GPU server yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing connections...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port {port} is not available</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use port {port} instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{alias}: {state} (default)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Add a GPU server...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy &amp;ssh config</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show in the &amp;window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy S&amp;OCKS address ({address})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy proxy &amp;environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect a&amp;ll</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open RelayTray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lo&amp;g</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Se&amp;ttings...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Reach your GPU server in one click</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU server keeps a tunnel open to a relay, a small machine of your own. RelayTray connects your computer through it, so that ssh, VS Code and your browser reach the server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import from ssh config</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the owner of the GPU server before you open a tunnel to it. A server that was lent to you is not yours to open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add your relay: its address, your user and your key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add the GPU server: the relay&apos;s port at which its tunnel ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click the icon in the tray to connect, and copy the ssh config for VS Code.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Line</name>
    <message>
        <source>Port on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address as seen from the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove this forward</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
