<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutBox</name>
    <message>
        <source>About RelayTray</source>
        <translation>关于 RelayTray</translation>
    </message>
    <message>
        <source>Reaches GPU servers through your own relay.</source>
        <translation>通过你自己的跳板机连接 GPU 服务器。</translation>
    </message>
    <message>
        <source>Free software under the MIT licence.</source>
        <translation>自由软件，采用 MIT 许可证。</translation>
    </message>
    <message>
        <source>Its files are in {folder}</source>
        <translation>程序的文件保存在 {folder}</translation>
    </message>
</context>
<context>
    <name>CarrierForm</name>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Yes, v2ray (VMess)</source>
        <translation>是，v2ray（VMess）</translation>
    </message>
    <message>
        <source>Yes, Xray (VLESS)</source>
        <translation>是，Xray（VLESS）</translation>
    </message>
    <message>
        <source>For networks that block or disturb SSH: GPU servers behind this relay can then be reached by it as well. The set-up of the relay can install it, and fills this in.</source>
        <translation>用于会阻断或干扰 SSH 的网络：这台跳板机后面的 GPU 服务器也可以经它到达。跳板机的设置流程可以安装它，并自动填好这里的内容。</translation>
    </message>
    <message>
        <source>Runs on the relay</source>
        <translation>跳板机上运行</translation>
    </message>
    <message>
        <source>the relay&apos;s own</source>
        <translation>与跳板机相同</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Only if it is another one.</source>
        <translation>仅在地址不同时填写。</translation>
    </message>
    <message>
        <source>Where computers such as this one dial in.</source>
        <translation>像这台电脑这样的客户端连接的端口。</translation>
    </message>
    <message>
        <source>Port for computers</source>
        <translation>客户端端口</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Where the bridges of GPU servers dial in. This computer does not need it.</source>
        <translation>GPU 服务器的桥接（bridge）连接的端口。这台电脑用不到它。</translation>
    </message>
    <message>
        <source>Port for bridges</source>
        <translation>桥接端口</translation>
    </message>
    <message>
        <source>no TLS</source>
        <translation>不使用 TLS</translation>
    </message>
    <message>
        <source>The name in the relay&apos;s certificate, if the traffic goes inside TLS.</source>
        <translation>流量经 TLS 传输时，跳板机证书中的名称。</translation>
    </message>
    <message>
        <source>TLS name</source>
        <translation>TLS 名称</translation>
    </message>
    <message>
        <source>If it is chosen, this certificate and no other is trusted there.</source>
        <translation>选定后，只信任这一张证书。</translation>
    </message>
    <message>
        <source>Xray encryption</source>
        <translation>Xray 加密形式</translation>
    </message>
    <message>
        <source>With the flow xtls-rprx-vision</source>
        <translation>使用流控 xtls-rprx-vision</translation>
    </message>
    <message>
        <source>As the relay has it. WebSocket goes without.</source>
        <translation>与跳板机上的设置一致。WebSocket 不使用流控。</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>证书</translation>
    </message>
    <message>
        <source>none: the system&apos;s certificate authorities decide</source>
        <translation>无：由系统的证书颁发机构判定</translation>
    </message>
    <message>
        <source>SHA-256 of the relay&apos;s certificate, if only that is known.</source>
        <translation>跳板机证书的 SHA-256，适用于只知道指纹的情况。</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>no WebSocket</source>
        <translation>不使用 WebSocket</translation>
    </message>
    <message>
        <source>Such as /updates, if the relay&apos;s v2ray stands behind a web server.</source>
        <translation>例如 /updates，适用于跳板机的 v2ray 位于网页服务器之后的情况。</translation>
    </message>
    <message>
        <source>WebSocket path</source>
        <translation>WebSocket 路径</translation>
    </message>
    <message>
        <source>as it is dialled</source>
        <translation>与连接的地址相同</translation>
    </message>
    <message>
        <source>WebSocket host</source>
        <translation>WebSocket 主机名</translation>
    </message>
    <message>
        <source>It encrypts what goes there. The private half stays on the relay.</source>
        <translation>用于加密发往跳板机的数据。私钥留在跳板机上。</translation>
    </message>
    <message>
        <source>Xray public key</source>
        <translation>Xray 公钥</translation>
    </message>
</context>
<context>
    <name>CertificateField</name>
    <message>
        <source>Choose its file...</source>
        <translation>选择证书文件…</translation>
    </message>
    <message>
        <source>Take it out</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>None yet.</source>
        <translation>尚无。</translation>
    </message>
    <message>
        <source>Choose the relay&apos;s certificate</source>
        <translation>选择跳板机的证书</translation>
    </message>
    <message>
        <source>Certificates (*.pem *.crt *.cer)</source>
        <translation>证书 (*.pem *.crt *.cer)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
</context>
<context>
    <name>Chain</name>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Relay</source>
        <translation>跳板机</translation>
    </message>
    <message>
        <source>Tunnel</source>
        <translation>隧道</translation>
    </message>
    <message>
        <source>GPU server</source>
        <translation>GPU 服务器</translation>
    </message>
    <message>
        <source>by v2ray</source>
        <translation>经 v2ray</translation>
    </message>
    <message>
        <source>not asked</source>
        <translation>尚未检查</translation>
    </message>
    <message>
        <source>being asked</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>works</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>fails here</source>
        <translation>此处不通</translation>
    </message>
</context>
<context>
    <name>Cloud</name>
    <message>
        <source>{price} USD a month</source>
        <translation>每月 {price} 美元</translation>
    </message>
    <message>
        <source>see Amazon&apos;s price list</source>
        <translation>见亚马逊价目表</translation>
    </message>
    <message>
        <source>{price} USD a month: {title}, {memory} GB memory, {cpus} CPU, {disk} GB disk, {traffic} GB traffic</source>
        <translation>每月 {price} 美元：{title}，{memory} GB 内存，{cpus} 个 CPU，{disk} GB 硬盘，{traffic} GB 流量</translation>
    </message>
</context>
<context>
    <name>CloudBillWindow</name>
    <message>
        <source>What costs money in Amazon Lightsail</source>
        <translation>Amazon Lightsail 上产生费用的内容</translation>
    </message>
    <message>
        <source>Everything that RelayTray has made in your AWS account, in every region, also what no relay of your list needs any more.</source>
        <translation>RelayTray 在你的 AWS 账户中创建的全部内容，包括所有区域，也包括列表中已没有跳板机使用的内容。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>重新查询</translation>
    </message>
    <message>
        <source>{region} is not known: {reason}</source>
        <translation>{region} 的情况未知：{reason}</translation>
    </message>
    <message>
        <source>Not enabled for this account, and not asked: {regions}</source>
        <translation>此账户未启用以下区域，未查询：{regions}</translation>
    </message>
    <message>
        <source>There is nothing of RelayTray&apos;s: it costs nothing.</source>
        <translation>没有 RelayTray 创建的内容，不产生任何费用。</translation>
    </message>
    <message>
        <source>Together: {price}, as far as the prices are told.</source>
        <translation>合计：{price}（仅计已知价格）。</translation>
    </message>
    <message>
        <source>An address that is attached to no machine costs money by the hour. Snapshots, disks, and what another computer has made, are deleted in the AWS console or there.</source>
        <translation>未绑定到任何机器的静态 IP 按小时收费。快照和磁盘请在 AWS 控制台中删除；由其他电脑创建的内容，请在那台电脑上或 AWS 控制台中删除。</translation>
    </message>
</context>
<context>
    <name>CloudRemovalWindow</name>
    <message>
        <source>Delete the machine {name}?</source>
        <translation>删除机器 {name}？</translation>
    </message>
    <message>
        <source>In your AWS account the machine goes with everything on it, its address and its key pair. It costs nothing any more then. The relay goes from your list, unless GPU servers belong to it. This cannot be undone.</source>
        <translation>将从你的 AWS 账户中删除这台机器及其上的所有数据、它的 IP 地址和密钥对，此后不再产生费用。除非还有 GPU 服务器属于它，否则该跳板机也会从列表中移除。此操作无法撤销。</translation>
    </message>
    <message>
        <source>{name} is deleted: nothing of it is left in your AWS account.</source>
        <translation>{name} 已删除，你的 AWS 账户中不再有它的任何内容。</translation>
    </message>
    <message>
        <source>Stopped. What is still there may cost money.</source>
        <translation>已停止。尚存的内容可能仍会产生费用。</translation>
    </message>
    <message>
        <source>This of yours is still there and could cost money:</source>
        <translation>你的以下内容仍然存在，可能产生费用：</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>What else costs money?</source>
        <translation>还有什么会产生费用？</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Delete it</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
</context>
<context>
    <name>CloudText</name>
    <message>
        <source>A key on this computer; its private half stays here.</source>
        <translation>本机上的密钥；私钥不会离开本机。</translation>
    </message>
    <message>
        <source>The public half of that key in the account.</source>
        <translation>账户中该密钥的公钥。</translation>
    </message>
    <message>
        <source>The machine.</source>
        <translation>机器。</translation>
    </message>
    <message>
        <source>Waiting until it runs.</source>
        <translation>等待机器启动。</translation>
    </message>
    <message>
        <source>An address that stays the same.</source>
        <translation>固定的 IP 地址。</translation>
    </message>
    <message>
        <source>Its firewall: only what the relay needs.</source>
        <translation>防火墙：只开放跳板机所需的端口。</translation>
    </message>
    <message>
        <source>Its host keys, as Amazon tells them, remembered on this computer.</source>
        <translation>由亚马逊告知的主机密钥，记录在本机。</translation>
    </message>
    <message>
        <source>The first login, with the host key checked.</source>
        <translation>首次登录，并核对主机密钥。</translation>
    </message>
    <message>
        <source>The relay in your list.</source>
        <translation>列表中的跳板机。</translation>
    </message>
    <message>
        <source>The machine, with everything on it.</source>
        <translation>机器及其上的所有数据。</translation>
    </message>
    <message>
        <source>Its address, which would cost money on its own.</source>
        <translation>它的 IP 地址（单独保留也会收费）。</translation>
    </message>
    <message>
        <source>The public key in the account.</source>
        <translation>账户中的公钥。</translation>
    </message>
    <message>
        <source>Its key and the record on this computer.</source>
        <translation>本机上的密钥和记录。</translation>
    </message>
    <message>
        <source>Being done...</source>
        <translation>正在进行…</translation>
    </message>
    <message>
        <source>Was there already.</source>
        <translation>已存在。</translation>
    </message>
    <message>
        <source>Done.</source>
        <translation>完成。</translation>
    </message>
    <message>
        <source>Failed.</source>
        <translation>失败。</translation>
    </message>
    <message>
        <source>Being taken away...</source>
        <translation>正在删除…</translation>
    </message>
    <message>
        <source>Not there (any more).</source>
        <translation>不存在（或已删除）。</translation>
    </message>
    <message>
        <source>Taken away.</source>
        <translation>已删除。</translation>
    </message>
    <message>
        <source>machine</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>static IP</source>
        <translation>静态 IP</translation>
    </message>
    <message>
        <source>key pair</source>
        <translation>密钥对</translation>
    </message>
    <message>
        <source>snapshot</source>
        <translation>快照</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>磁盘</translation>
    </message>
</context>
<context>
    <name>CloudWindow</name>
    <message>
        <source>A relay in Amazon Lightsail</source>
        <translation>亚马逊 Lightsail 上的跳板机</translation>
    </message>
    <message>
        <source>my-relay</source>
        <translation>my-relay</translation>
    </message>
    <message>
        <source>The usual one</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Of the relay in your list.</source>
        <translation>跳板机在列表中的名称。</translation>
    </message>
    <message>
        <source>AWS profile</source>
        <translation>AWS 配置</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>地区</translation>
    </message>
    <message>
        <source>Near your GPU servers, and on a network that this computer reaches well.</source>
        <translation>离 GPU 服务器近，且本机访问顺畅的地区。</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>规格</translation>
    </message>
    <message>
        <source>RelayTray makes a machine in your own AWS account, gives it an address that stays, closes all ports but that of ssh, and checks its host key. Your private key stays on this computer. The machine costs money every month until it is deleted, also while it is stopped.</source>
        <translation>RelayTray 会在你自己的 AWS 账户中创建一台机器，为它分配固定的 IP 地址，关闭 ssh 以外的所有端口，并核对主机密钥。私钥不会离开本机。在删除之前，这台机器每月都会产生费用，关机时也不例外。</translation>
    </message>
    <message>
        <source>This takes one to three minutes. So far: {seconds} s.</source>
        <translation>需要一到三分钟。已用时 {seconds} 秒。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Stopped. What was made until now is still there and may cost money.</source>
        <translation>已停止。此前创建的内容仍然存在，可能产生费用。</translation>
    </message>
    <message>
        <source>{name} is in your list. Set it up as a relay now.</source>
        <translation>{name} 已加入列表。现在可以把它设置为跳板机。</translation>
    </message>
    <message>
        <source>{name} was begun in {region}, for {price}, and is not finished.</source>
        <translation>{name} 已在 {region} 开始创建（{price}），尚未完成。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Take it away...</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>I have a machine already...</source>
        <translation>我已有机器…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Make it</source>
        <translation>创建</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Set it up...</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>A relay has that name already.</source>
        <translation>已有同名的跳板机。</translation>
    </message>
    <message>
        <source>Make it, for {price}</source>
        <translation>创建（{price}）</translation>
    </message>
</context>
<context>
    <name>CloudWork</name>
    <message>
        <source>Not in the demo: it would cost real money.</source>
        <translation>演示模式下不可用：这会产生真实的费用。</translation>
    </message>
</context>
<context>
    <name>CodesDialog</name>
    <message>
        <source>{profile} asks</source>
        <translation>{profile} 的询问</translation>
    </message>
    <message>
        <source>The relay {profile} asks this itself:</source>
        <translation>以下内容由跳板机 {profile} 提出：</translation>
    </message>
    <message>
        <source>The last answer was not accepted. Please try again.</source>
        <translation>上次的回答未被接受，请重试。</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Copied: ssh config of {alias}</source>
        <translation>已复制：{alias} 的 ssh 配置</translation>
    </message>
    <message>
        <source>Copied: proxy environment for {shell}</source>
        <translation>已复制：{shell} 的代理环境变量</translation>
    </message>
    <message>
        <source>Copied: {text}</source>
        <translation>已复制：{text}</translation>
    </message>
</context>
<context>
    <name>ConvertKeyDialog</name>
    <message>
        <source>Convert the key for PuTTY and its kin</source>
        <translation>为 PuTTY 一类程序转换密钥</translation>
    </message>
    <message>
        <source>WinSCP, PuTTY and FileZilla read keys in PuTTY&apos;s own format. This makes a second file with the same key; the OpenSSH key stays as it is.</source>
        <translation>WinSCP、PuTTY 和 FileZilla 读取 PuTTY 格式的密钥。这里会用同一把密钥另存一个文件，原来的 OpenSSH 密钥保持不变。</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>转换</translation>
    </message>
    <message>
        <source>From</source>
        <translation>源文件</translation>
    </message>
    <message>
        <source>To</source>
        <translation>新文件</translation>
    </message>
    <message>
        <source>Passphrase of the key</source>
        <translation>密钥口令</translation>
    </message>
    <message>
        <source>The same passphrase for the new file</source>
        <translation>新文件使用相同的口令</translation>
    </message>
    <message>
        <source>Another passphrase for the new file</source>
        <translation>新文件使用另一个口令</translation>
    </message>
    <message>
        <source>No passphrase for the new file</source>
        <translation>新文件不设口令</translation>
    </message>
    <message>
        <source>No passphrase, as the key itself has none</source>
        <translation>不设口令（原密钥也没有口令）</translation>
    </message>
    <message>
        <source>A passphrase for the new file</source>
        <translation>为新文件设置口令</translation>
    </message>
    <message>
        <source>Passphrase of the new file</source>
        <translation>新文件的口令</translation>
    </message>
    <message>
        <source>New passphrase</source>
        <translation>新口令</translation>
    </message>
    <message>
        <source>New passphrase again</source>
        <translation>再次输入新口令</translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation>两次输入还不一致。</translation>
    </message>
    <message>
        <source>Whoever gets hold of that file can log in as you, without any password. Do this only where nobody else can read your files.</source>
        <translation>任何人拿到这个文件，不需要密码就能以你的身份登录。只有在别人读不到你的文件时才这样做。</translation>
    </message>
    <message>
        <source>I want the key in a file that is not encrypted</source>
        <translation>我确实要把密钥放在未加密的文件里</translation>
    </message>
    <message>
        <source>Converting...</source>
        <translation>正在转换…</translation>
    </message>
</context>
<context>
    <name>Detail</name>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Doctor...</source>
        <translation>诊断…</translation>
    </message>
    <message>
        <source>Bootstrap line...</source>
        <translation>一键命令…</translation>
    </message>
    <message>
        <source>Connected: its sshd answered through {relay}.</source>
        <translation>已连接：服务器的 sshd 已通过 {relay} 应答。</translation>
    </message>
    <message>
        <source>{relay} is reached; asking the server for an answer...</source>
        <translation>已到达 {relay}，正在等待服务器应答……</translation>
    </message>
    <message>
        <source>Connecting by the v2ray of {relay}...</source>
        <translation>正在经 {relay} 的 v2ray 连接…</translation>
    </message>
    <message>
        <source>Connecting to {relay}...</source>
        <translation>正在连接 {relay}……</translation>
    </message>
    <message>
        <source>Not connected.</source>
        <translation>未连接。</translation>
    </message>
    <message>
        <source>Off. It connects when you press Connect, or when a program asks for it.</source>
        <translation>未启用。按“连接”，或有程序使用时会自动连接。</translation>
    </message>
    <message>
        <source>{better} does not work right now. Connected by {route} through {relay}; the way back is tried.</source>
        <translation>{better} 目前不可用。已改经 {route} 通过 {relay} 连接，并在不断尝试恢复。</translation>
    </message>
    <message>
        <source>Connected: its sshd answered through the v2ray of {relay}.</source>
        <translation>已连接：它的 sshd 已通过 {relay} 的 v2ray 应答。</translation>
    </message>
    <message>
        <source>The line was pasted; waiting for its tunnel...</source>
        <translation>命令已粘贴，正在等待它的隧道…</translation>
    </message>
    <message>
        <source>Waiting for the line: paste it into the server&apos;s web terminal, and it comes online here.</source>
        <translation>等待一键命令：把它粘贴到服务器的网页终端，服务器就会在这里上线。</translation>
    </message>
    <message>
        <source>Not linked by SSH. Connected by its v2ray: {servers}.</source>
        <translation>未通过 SSH 连接。经它的 v2ray 已连接：{servers}。</translation>
    </message>
    <message>
        <source>Connected by its v2ray: {servers}.</source>
        <translation>经它的 v2ray 已连接：{servers}。</translation>
    </message>
    <message>
        <source>Off. It connects when a program uses its SOCKS port.</source>
        <translation>未启用。有程序使用它的 SOCKS 端口时会自动连接。</translation>
    </message>
    <message>
        <source>Linked: logged in at {relay}.</source>
        <translation>已建立连接：已登录 {relay}。</translation>
    </message>
    <message>
        <source>Closing the link...</source>
        <translation>正在关闭连接……</translation>
    </message>
    <message>
        <source>What does this mean?</source>
        <translation>这是什么意思？</translation>
    </message>
    <message>
        <source>Edit the relay...</source>
        <translation>编辑跳板机…</translation>
    </message>
    <message>
        <source>Edit the server...</source>
        <translation>编辑服务器…</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>改用端口 {port}</translation>
    </message>
    <message>
        <source>ssh, VS Code</source>
        <translation>ssh、VS Code</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Home folder</source>
        <translation>主目录</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>目录</translation>
    </message>
    <message>
        <source>Ways to it</source>
        <translation>到达方式</translation>
    </message>
    <message>
        <source>{routes}; in use: {route}</source>
        <translation>{routes}；当前使用：{route}</translation>
    </message>
    <message>
        <source>Relay</source>
        <translation>跳板机</translation>
    </message>
    <message>
        <source>GPU servers</source>
        <translation>GPU 服务器</translation>
    </message>
    <message>
        <source>SOCKS5 proxy</source>
        <translation>SOCKS5 代理</translation>
    </message>
    <message>
        <source>Exit</source>
        <translation>出口</translation>
    </message>
    <message>
        <source>Other addresses leave at {alias}; localhost is {alias} itself.</source>
        <translation>其他地址从 {alias} 出去；localhost 就是 {alias} 本身。</translation>
    </message>
    <message>
        <source>{relay} leads to your GPU servers only: nobody logs in there, v2ray hands on to them.</source>
        <translation>{relay} 只通往你的 GPU 服务器：没有人登录它，只由 v2ray 转发。</translation>
    </message>
    <message>
        <source>{relay} leads to your GPU servers only. To reach other addresses there, set it up again with the internet allowed.</source>
        <translation>{relay} 只通往你的 GPU 服务器。要从那里访问其他地址，请重新设置它，并允许访问互联网。</translation>
    </message>
    <message>
        <source>Other addresses leave at {relay}.</source>
        <translation>其他地址从 {relay} 出去。</translation>
    </message>
    <message>
        <source>Plain ssh port</source>
        <translation>直连 ssh 端口</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>端口转发</translation>
    </message>
    <message>
        <source>Use it from...</source>
        <translation>在其他程序中使用…</translation>
    </message>
    <message>
        <source>Also by v2ray...</source>
        <translation>也经 v2ray 到达…</translation>
    </message>
    <message>
        <source>Not by v2ray any more...</source>
        <translation>不再经 v2ray 到达…</translation>
    </message>
    <message>
        <source>Set up this relay...</source>
        <translation>设置这台跳板机…</translation>
    </message>
    <message>
        <source>Look over the set-up...</source>
        <translation>检查设置…</translation>
    </message>
    <message>
        <source>Take it all away again...</source>
        <translation>全部撤除…</translation>
    </message>
    <message>
        <source>Delete its machine...</source>
        <translation>删除它的机器…</translation>
    </message>
    <message>
        <source>Copy ssh config</source>
        <translation>复制 ssh 配置</translation>
    </message>
    <message>
        <source>Copy SOCKS address</source>
        <translation>复制 SOCKS 地址</translation>
    </message>
</context>
<context>
    <name>DetailPage</name>
    <message>
        <source>Next try in {seconds} s.</source>
        <translation>{seconds} 秒后重试。</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Copy proxy environment</source>
        <translation>复制代理环境变量</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>复制 {what}</translation>
    </message>
    <message>
        <source>Received {amount}, {rate}</source>
        <translation>已接收 {amount}，{rate}</translation>
    </message>
    <message>
        <source>Sent {amount}, {rate}</source>
        <translation>已发送 {amount}，{rate}</translation>
    </message>
    <message>
        <source>Open connections: {count}</source>
        <translation>打开的连接：{count}</translation>
    </message>
    <message>
        <source>Round trip: {ms} ms</source>
        <translation>往返时延：{ms} 毫秒</translation>
    </message>
</context>
<context>
    <name>Doctor</name>
    <message>
        <source>Doctor for {relay}</source>
        <translation>诊断 {relay}</translation>
    </message>
    <message>
        <source>Doctor for {alias} through {relay}</source>
        <translation>诊断 {alias}（经由 {relay}）</translation>
    </message>
    <message>
        <source>Looking at the chain, hop by hop. Nothing is changed anywhere.</source>
        <translation>正在逐段检查整条链路，不会更改任何东西。</translation>
    </message>
    <message>
        <source>Stopping...</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Something is wrong: &quot;{check}&quot;.</source>
        <translation>有问题：“{check}”。</translation>
    </message>
    <message>
        <source>Stopped before everything was looked at.</source>
        <translation>还没有检查完就停止了。</translation>
    </message>
    <message>
        <source>Everything works. What is marked could be better.</source>
        <translation>一切可用。有标记的地方还可以改进。</translation>
    </message>
    <message>
        <source>Everything works as it should.</source>
        <translation>一切正常。</translation>
    </message>
</context>
<context>
    <name>DoctorName</name>
    <message>
        <source>Local port</source>
        <translation>本机端口</translation>
    </message>
    <message>
        <source>Key for the relay</source>
        <translation>登录跳板机的密钥</translation>
    </message>
    <message>
        <source>Address of the relay</source>
        <translation>跳板机的地址</translation>
    </message>
    <message>
        <source>Connection to the relay</source>
        <translation>到跳板机的连接</translation>
    </message>
    <message>
        <source>SSH version of the relay</source>
        <translation>跳板机的 SSH 版本</translation>
    </message>
    <message>
        <source>Host key of the relay</source>
        <translation>跳板机的主机密钥</translation>
    </message>
    <message>
        <source>Login at the relay</source>
        <translation>登录跳板机</translation>
    </message>
    <message>
        <source>What the relay permits</source>
        <translation>跳板机允许做什么</translation>
    </message>
    <message>
        <source>Tunnel of the server</source>
        <translation>服务器的隧道</translation>
    </message>
    <message>
        <source>v2ray on this computer</source>
        <translation>这台电脑上的 v2ray</translation>
    </message>
    <message>
        <source>v2ray of the relay</source>
        <translation>跳板机的 v2ray</translation>
    </message>
    <message>
        <source>Clock, for v2ray</source>
        <translation>时钟（v2ray 需要）</translation>
    </message>
    <message>
        <source>Answer by v2ray</source>
        <translation>经 v2ray 的应答</translation>
    </message>
    <message>
        <source>SSH of the server</source>
        <translation>服务器的 SSH</translation>
    </message>
    <message>
        <source>Host key of the server</source>
        <translation>服务器的主机密钥</translation>
    </message>
    <message>
        <source>Login at the server</source>
        <translation>登录服务器</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>Round trip</source>
        <translation>往返时间</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>传输速度</translation>
    </message>
    <message>
        <source>ssh config</source>
        <translation>ssh config</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Could be better</source>
        <translation>可以改进</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>有问题</translation>
    </message>
    <message>
        <source>Not looked at</source>
        <translation>未检查</translation>
    </message>
    <message>
        <source>Being looked at...</source>
        <translation>正在检查…</translation>
    </message>
</context>
<context>
    <name>DoctorText</name>
    <message>
        <source>RelayTray listens at {address}.</source>
        <translation>RelayTray 正在监听 {address}。</translation>
    </message>
    <message>
        <source>RelayTray is not running, and could have {address}.</source>
        <translation>RelayTray 没有在运行，{address} 可供它使用。</translation>
    </message>
    <message>
        <source>{path} is a whole {key_type} key, and nobody else may open it.</source>
        <translation>{path} 是完整的 {key_type} 密钥，别人无法打开。</translation>
    </message>
    <message>
        <source>ssh will refuse the key {path}: {reason}. Put its rights right with relaytray key fix.</source>
        <translation>ssh 会拒绝密钥 {path}：{reason}。请用 relaytray key fix 修正它的权限。</translation>
    </message>
    <message>
        <source>{path} is a whole {key_type} key. Its passphrase is not stored, so you are asked for it.</source>
        <translation>{path} 是完整的 {key_type} 密钥。它的密码短语没有保存，所以会向你询问。</translation>
    </message>
    <message>
        <source>The stored passphrase does not open {path} any more. Forget it in the settings, and store the right one when you are asked.</source>
        <translation>保存的密码短语已无法打开 {path}。请在设置中删除它，并在被询问时保存正确的那一个。</translation>
    </message>
    <message>
        <source>No key is used: the login is by {method}.</source>
        <translation>不使用密钥：登录方式是 {method}。</translation>
    </message>
    <message>
        <source>Keys that the ssh agent offers: {number}.</source>
        <translation>ssh 代理提供的密钥数：{number}。</translation>
    </message>
    <message>
        <source>{host} is at {addresses}.</source>
        <translation>{host} 的地址是 {addresses}。</translation>
    </message>
    <message>
        <source>The profile gives the address itself: {host}.</source>
        <translation>配置中直接写了地址：{host}。</translation>
    </message>
    <message>
        <source>{host} takes connections at port {port}.</source>
        <translation>{host} 的端口 {port} 接受连接。</translation>
    </message>
    <message>
        <source>The relay runs {version}.</source>
        <translation>跳板机运行的是 {version}。</translation>
    </message>
    <message>
        <source>The relay runs {version}, and a server&apos;s key can only be kept to its own port from {needed} on. Update the SSH server there.</source>
        <translation>跳板机运行的是 {version}，而只有 {needed} 及以后的版本才能把服务器的密钥限制在自己的端口上。请更新那里的 SSH 服务。</translation>
    </message>
    <message>
        <source>The relay runs {version}, and its host key is too short to be safe ({what}). Make a new one there, best of the kind ed25519.</source>
        <translation>跳板机运行的是 {version}，它的主机密钥太短，不够安全（{what}）。请在那里生成新的，最好是 ed25519。</translation>
    </message>
    <message>
        <source>It is the pinned one: {fingerprint}.</source>
        <translation>与已固定的密钥一致：{fingerprint}。</translation>
    </message>
    <message>
        <source>It was seen for the first time, and is pinned from now on: {fingerprint}. Compare it with the one that its owner gives you, if you have not.</source>
        <translation>第一次见到它，从现在起固定：{fingerprint}。如果还没有核对，请与机器主人给你的指纹比较。</translation>
    </message>
    <message>
        <source>Logged in as {user} ({method}).</source>
        <translation>已以 {user} 登录（{method}）。</translation>
    </message>
    <message>
        <source>This login may reach your servers, and nothing else.</source>
        <translation>这个登录只能到达你的服务器，别的都不行。</translation>
    </message>
    <message>
        <source>This login may reach any address from the relay, as an exit at the relay needs, and nothing else.</source>
        <translation>这个登录可以从跳板机到达任何地址（以跳板机为出口时需要），别的都不行。</translation>
    </message>
    <message>
        <source>{program} runs the way by v2ray.</source>
        <translation>{program} 可用于经 v2ray 到达。</translation>
    </message>
    <message>
        <source>Xray (VLESS) does not mind what the clocks say.</source>
        <translation>Xray（VLESS）不受时钟影响。</translation>
    </message>
    <message>
        <source>The relay does not tell its time here. If nothing comes back by v2ray, compare its clock with this computer&apos;s: v2ray (VMess) bears two minutes.</source>
        <translation>跳板机在这里不报告时间。如果经 v2ray 没有任何回应，请对比它与这台电脑的时钟：v2ray（VMess）最多允许相差两分钟。</translation>
    </message>
    <message>
        <source>The sshd of {alias} answers by v2ray.</source>
        <translation>{alias} 的 sshd 经 v2ray 有应答。</translation>
    </message>
    <message>
        <source>The clock there and the one of this computer agree ({seconds} s apart).</source>
        <translation>那里的时钟与这台电脑一致（相差 {seconds} 秒）。</translation>
    </message>
    <message>
        <source>The clock there differs from the one of this computer by {seconds} s, so codes and certificates may be refused. Let both machines take the time from the network.</source>
        <translation>那里的时钟与这台电脑相差 {seconds} 秒，验证码和证书可能因此被拒绝。请让两台机器都从网络同步时间。</translation>
    </message>
    <message>
        <source>This login may do more at the relay than reach your servers: {what}. Let RelayTray set the relay up, which makes a login that may not.</source>
        <translation>除了到达你的服务器，这个登录在跳板机上还能做更多：{what}。请让 RelayTray 设置跳板机，它会建立一个权限最小的登录。</translation>
    </message>
    <message>
        <source>The tunnel holds port {port} of the relay.</source>
        <translation>隧道占有跳板机的端口 {port}。</translation>
    </message>
    <message>
        <source>The profile of {alias} names no user, so no login was tried. Fill it in to have that looked at too.</source>
        <translation>{alias} 的配置没有写用户名，所以没有尝试登录。填写后这一项也会被检查。</translation>
    </message>
    <message>
        <source>The server runs {version}.</source>
        <translation>服务器运行的是 {version}。</translation>
    </message>
    <message>
        <source>No login that was tried may run date, so the clock there is not known.</source>
        <translation>尝试过的登录都不能运行 date，所以不知道那里的时钟。</translation>
    </message>
    <message>
        <source>The relay answers within {relay_ms} ms[, the server within {server_ms} ms].</source>
        <translation>跳板机在 {relay_ms} 毫秒内应答[，服务器在 {server_ms} 毫秒内应答]。</translation>
    </message>
    <message>
        <source>{down} came from there and {up} went there, in a few seconds.</source>
        <translation>下载 {down}，上传 {up}（测量了几秒钟）。</translation>
    </message>
    <message>
        <source>No login that was tried may run the commands that this is measured with.</source>
        <translation>尝试过的登录都不能运行测量所需的命令。</translation>
    </message>
    <message>
        <source>Your ssh config says what the profile says.</source>
        <translation>你的 ssh config 与配置一致。</translation>
    </message>
    <message>
        <source>Your ssh config does not have the servers of RelayTray. Install it with relaytray ssh-config --install, so that ssh and VS Code know them.</source>
        <translation>你的 ssh config 里没有 RelayTray 的服务器。请用 relaytray ssh-config --install 安装，这样 ssh 和 VS Code 就认识它们了。</translation>
    </message>
    <message>
        <source>Your ssh config does not say what the profile says. Start RelayTray, or run relaytray ssh-config --install, to have it written anew.</source>
        <translation>你的 ssh config 与配置不一致。请启动 RelayTray 或运行 relaytray ssh-config --install，让它重新写入。</translation>
    </message>
    <message>
        <source>First &quot;{check}&quot; has to be put right.</source>
        <translation>需要先解决“{check}”。</translation>
    </message>
</context>
<context>
    <name>DoctorWindow</name>
    <message>
        <source>Without names and addresses</source>
        <translation>隐去名称和地址</translation>
    </message>
    <message>
        <source>The report says relay-1 and server-1, and holds no secrets in any case.</source>
        <translation>报告中只写 relay-1、server-1；无论如何都不含任何机密。</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Save...</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Run again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>保存报告</translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation>已保存：{path}</translation>
    </message>
</context>
<context>
    <name>Editing</name>
    <message>
        <source>Remove the relay {name} from RelayTray? The machine itself is left as it is.</source>
        <translation>要从 RelayTray 中移除跳板机 {name} 吗？机器本身不受影响。</translation>
    </message>
    <message>
        <source>Remove the GPU server {alias} from RelayTray? The server itself is left as it is.</source>
        <translation>要从 RelayTray 中移除 GPU 服务器 {alias} 吗？服务器本身不受影响。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>EditorDialog</name>
    <message>
        <source>More settings</source>
        <translation>更多设置</translation>
    </message>
</context>
<context>
    <name>ErrorText</name>
    <message>
        <source>The profile cannot be used for this: {problem} Change that and try again.</source>
        <translation>这个配置不能这样使用：{problem} 请修改后重试。</translation>
    </message>
    <message>
        <source>There is no relay named &quot;{name}&quot;.[ Did you mean &quot;{near}&quot;?] Choose one of the saved relays or add it.</source>
        <translation>没有名为“{name}”的跳板机。[你是不是想说“{near}”？]请选择一台已保存的跳板机，或添加它。</translation>
    </message>
    <message>
        <source>There is no server named &quot;{name}&quot;.[ Did you mean &quot;{near}&quot;?] Choose one of the saved servers or add it.</source>
        <translation>没有名为“{name}”的服务器。[你是不是想说“{near}”？]请选择一台已保存的服务器，或添加它。</translation>
    </message>
    <message>
        <source>The name &quot;{name}&quot; is already used by another profile. Choose a different name.</source>
        <translation>名称“{name}”已被另一个配置使用。请换一个名称。</translation>
    </message>
    <message>
        <source>The relay &quot;{name}&quot; cannot be removed because these servers are reached through it: {servers}. Remove them first or give them another relay.</source>
        <translation>不能移除跳板机“{name}”，因为这些服务器要经过它：{servers}。请先移除它们，或为它们换一台跳板机。</translation>
    </message>
    <message>
        <source>The file {path} cannot be read: {reason}. Check that it exists and that you may read it.</source>
        <translation>无法读取文件 {path}：{reason}。请检查它是否存在，以及你是否有权读取。</translation>
    </message>
    <message>
        <source>The file {path} cannot be written: {reason}. Check that its folder exists, that you may write there and that the disk is not full.</source>
        <translation>无法写入文件 {path}：{reason}。请检查所在目录是否存在、你是否有权写入，以及磁盘是否已满。</translation>
    </message>
    <message>
        <source>The file {path} cannot be understood: {reason}.[ It was set aside as {kept}; nothing in it is lost.] Correct it in a text editor and import it, or use another copy.</source>
        <translation>无法识别文件 {path} 的内容：{reason}。[它已另存为 {kept}，内容没有丢失。]请用文本编辑器改正后导入，或使用另一份副本。</translation>
    </message>
    <message>
        <source>The file {path} was written by a newer RelayTray (file version {version}), which this one cannot read.[ It was set aside as {kept}; nothing in it is lost.] Update RelayTray, then import that file.</source>
        <translation>文件 {path} 由更新版本的 RelayTray 写入（文件版本 {version}），当前版本无法读取。[它已另存为 {kept}，内容没有丢失。]请更新 RelayTray，然后导入该文件。</translation>
    </message>
    <message>
        <source>The profiles in {path} were restored from the last backup, {backup}. Look through them: the newest change may be missing.</source>
        <translation>{path} 中的配置已从最近的备份 {backup} 恢复。请检查一遍：最近一次修改可能丢失。</translation>
    </message>
    <message>
        <source>There is already a file {path}, and RelayTray does not overwrite it. Choose another name, or move that file away first.</source>
        <translation>文件 {path} 已经存在，RelayTray 不会覆盖它。请换一个名称，或先把该文件移走。</translation>
    </message>
    <message>
        <source>The file {path} cannot be understood, so it was left as it is: {reason}. Correct it in a text editor and try again.</source>
        <translation>无法理解文件 {path}，因此没有改动它：{reason}。请用文本编辑器改正后重试。</translation>
    </message>
    <message>
        <source>What was given as {what} is no text in UTF-8. Write it in UTF-8 and try again.</source>
        <translation>作为 {what} 输入的内容不是 UTF-8 文本。请改用 UTF-8 编码后重试。</translation>
    </message>
    <message>
        <source>ssh refuses to read {path}: {reason}. Make it writable for yourself only (on Linux and macOS: chmod 600), and try again; nothing was changed.</source>
        <translation>ssh 拒绝读取 {path}：{reason}。请设为只有你自己可写（Linux 和 macOS：chmod 600），然后重试；没有做任何改动。</translation>
    </message>
    <message>
        <source>ssh does not accept the extra ssh options of {alias}: {reason}. They stay out of the ssh config, since one bad line stops ssh for every host; correct that line.</source>
        <translation>ssh 不接受 {alias} 的额外 ssh 选项：{reason}。这些选项没有写入 ssh 配置，因为只要有一行错误，ssh 就无法连接任何主机；请改正该行。</translation>
    </message>
    <message>
        <source>{program} reads only PuTTY keys (.ppk), and {path} is not one. Convert it, which leaves the key itself as it is, and try again.</source>
        <translation>{program} 只能读取 PuTTY 密钥（.ppk），而 {path} 不是。请转换它（原密钥保持不变），然后重试。</translation>
    </message>
    <message>
        <source>{program} cannot use a proxy for one site alone, so {alias} needs a plain ssh port on this computer. Set one in its profile and try again.</source>
        <translation>{program} 不能只为一个站点设置代理，所以 {alias} 需要在这台电脑上有一个直连 ssh 端口。请在它的配置中设置后重试。</translation>
    </message>
    <message>
        <source>{program} opens only whole paths, such as /home/ann/project, and {folder} is not one. Write the whole path of the folder on the server (pwd shows it there) and try again.</source>
        <translation>{program} 只能打开完整路径，例如 /home/ann/project，而 {folder} 不是。请写出服务器上该目录的完整路径（在服务器上用 pwd 查看），然后重试。</translation>
    </message>
    <message>
        <source>{program} asks ssh for {alias}, and your ssh config does not have it yet. Install the ssh config of RelayTray (relaytray ssh-config --install) and try again.</source>
        <translation>{program} 通过 ssh 查找 {alias}，但你的 ssh 配置中还没有它。请安装 RelayTray 的 ssh 配置（relaytray ssh-config --install），然后重试。</translation>
    </message>
    <message>
        <source>The local port {address} is already used by another program[: {holder}]. Close that program, or choose another port in the profile[, for example {suggestion}].</source>
        <translation>本机端口 {address} 已被其他程序占用[：{holder}]。请关闭该程序，或在配置中改用其他端口[，例如 {suggestion}]。</translation>
    </message>
    <message>
        <source>The local port {address} is reserved by Windows (often for Hyper-V or WSL), though no program uses it. Choose another port in the profile[, for example {suggestion}].</source>
        <translation>本机端口 {address} 被 Windows 保留（通常是 Hyper-V 或 WSL），尽管没有程序在用它。请在配置中改用其他端口[，例如 {suggestion}]。</translation>
    </message>
    <message>
        <source>The system does not let you open the local port {address}; ports below 1024 are for administrators. Choose a higher port in the profile[, for example {suggestion}].</source>
        <translation>系统不允许你打开本机端口 {address}；1024 以下的端口只有管理员能用。请在配置中改用更大的端口[，例如 {suggestion}]。</translation>
    </message>
    <message>
        <source>The local port {address} cannot be opened: {reason}. Choose another port in the profile, or try again.</source>
        <translation>无法打开本机端口 {address}：{reason}。请在配置中改用其他端口，或重试。</translation>
    </message>
    <message>
        <source>RelayTray is not running for this data folder. Start it and try again.</source>
        <translation>使用这个数据目录的 RelayTray 没有运行。请启动它后重试。</translation>
    </message>
    <message>
        <source>This computer offers no keyring to store passphrases in. RelayTray keeps them until it quits; to store them, start a keyring service such as GNOME Keyring or KWallet.</source>
        <translation>这台电脑没有可保存口令的密钥环。RelayTray 会把口令保留到退出为止；要长期保存，请启动 GNOME Keyring 或 KWallet 等密钥环服务。</translation>
    </message>
    <message>
        <source>The system&apos;s keyring is locked, so stored passphrases cannot be used. Unlock it and try again; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation>系统密钥环已锁定，无法使用已保存的口令。请解锁后重试；在此之前 RelayTray 会询问，并把你输入的内容保留到退出为止。</translation>
    </message>
    <message>
        <source>The system&apos;s keyring did not answer in time. Look for a window that asks for the keyring&apos;s password, or restart the keyring service; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation>系统密钥环没有及时响应。请看看是否有窗口在要求输入密钥环密码，或重启密钥环服务；在此之前 RelayTray 会询问，并把你输入的内容保留到退出为止。</translation>
    </message>
    <message>
        <source>The system&apos;s keyring failed: {reason}. Restart the keyring service or log in again; until then RelayTray asks, and keeps what you type until it quits.</source>
        <translation>系统密钥环出错：{reason}。请重启密钥环服务或重新登录系统；在此之前 RelayTray 会询问，并把你输入的内容保留到退出为止。</translation>
    </message>
    <message>
        <source>The program {program} was not found on this computer. Install it, or add its folder to PATH, and try again.</source>
        <translation>在这台电脑上找不到程序 {program}。请安装它，或把它所在的目录加入 PATH，然后重试。</translation>
    </message>
    <message>
        <source>The program {program} could not do what was asked: {reason}. Try it by hand, or install it anew.</source>
        <translation>程序 {program} 没能完成要求的操作：{reason}。请手动试一次，或重新安装该程序。</translation>
    </message>
    <message>
        <source>{program} is running and would overwrite the change when it ends. Close it and try again; nothing was changed.</source>
        <translation>{program} 正在运行，退出时会覆盖所做的修改。请先关闭它再重试；没有做任何改动。</translation>
    </message>
    <message>
        <source>{what} is only there on {system}. Export it to a file and take that to such a computer.</source>
        <translation>{what} 只在 {system} 上才有。请导出为文件，再拿到那样的电脑上使用。</translation>
    </message>
    <message>
        <source>The tray icon needs a desktop, and none is found here: neither DISPLAY nor WAYLAND_DISPLAY is set. Start RelayTray in a desktop session, or do without windows: relaytray connect ALIAS.</source>
        <translation>托盘图标需要桌面环境，而这里没有：DISPLAY 和 WAYLAND_DISPLAY 都没有设置。请在桌面会话中启动 RelayTray，或者不用窗口：relaytray connect ALIAS。</translation>
    </message>
    <message>
        <source>No address was found for &quot;{host}&quot;. Check how the name is spelled and that this computer is online.</source>
        <translation>找不到“{host}”的地址。请检查名称的拼写，以及这台电脑是否联网。</translation>
    </message>
    <message>
        <source>{host} is reachable but refused the connection to port {port}: nothing listens there. Check the port, and that the SSH service runs on the relay.</source>
        <translation>{host} 可以到达，但拒绝了对端口 {port} 的连接：那里没有程序在监听。请检查端口，以及跳板机上的 SSH 服务是否在运行。</translation>
    </message>
    <message>
        <source>{host} did not answer on port {port} in time. Check that the relay is switched on and that its firewall and your network let this port through.</source>
        <translation>{host} 的端口 {port} 没有及时应答。请检查跳板机是否开机，以及它的防火墙和你的网络是否放行这个端口。</translation>
    </message>
    <message>
        <source>There is no way through the network to {host}: {reason}. Check that this computer is online, and any VPN.</source>
        <translation>没有通往 {host} 的网络：{reason}。请检查这台电脑是否联网，以及 VPN 的状态。</translation>
    </message>
    <message>
        <source>What answers at {host}, port {port}, is not an SSH server. Check the address and port of the relay; on a public network, you may have to sign in with the browser first.</source>
        <translation>在 {host} 端口 {port} 应答的不是 SSH 服务器。请检查跳板机的地址和端口；在公共网络上，可能需要先在浏览器里登录网络。</translation>
    </message>
    <message>
        <source>{host} and RelayTray found no common way to encrypt the connection: {reason}. Update the SSH server there, or allow modern algorithms in its configuration.</source>
        <translation>{host} 与 RelayTray 找不到共同支持的加密方式：{reason}。请更新那里的 SSH 服务器，或在其配置中允许现代算法。</translation>
    </message>
    <message>
        <source>The connection to {host} was lost: {reason}. Check the network; RelayTray connects again when it can, or choose Connect.</source>
        <translation>与 {host} 的连接已断开：{reason}。请检查网络；RelayTray 会在可能时重新连接，你也可以按“连接”。</translation>
    </message>
    <message>
        <source>{host} is seen for the first time and nobody confirmed its key ({key_type}, {fingerprint}). Compare the fingerprint with the one its owner gives you, then connect again and confirm it.</source>
        <translation>第一次见到 {host}，而没有人确认它的密钥（{key_type}，{fingerprint}）。请把指纹与所有者给你的比对，然后重新连接并确认。</translation>
    </message>
    <message>
        <source>{host} showed a different key than before, so RelayTray stopped: another machine may be answering in its place. Now: {key_type} {fingerprint}. Trusted: {pinned}[, in {where}]. Ask its owner; only when the machine was set up anew, forget the old key and connect again.</source>
        <translation>{host} 出示的密钥与以前不同，RelayTray 已停止连接：可能是另一台机器在冒充它。当前：{key_type} {fingerprint}。信任的：{pinned}[，位于 {where}]。请询问它的所有者；只有确认机器是重新安装的，才移除旧密钥并重新连接。</translation>
    </message>
    <message>
        <source>{host} showed a key ({key_type}, {fingerprint}) that is marked as revoked[ in {where}], so RelayTray stopped. Ask its owner for a new key before you connect.</source>
        <translation>{host} 出示的密钥（{key_type}，{fingerprint}）已被标记为吊销[（见 {where}）]，RelayTray 已停止连接。请先向所有者索取新的密钥，再连接。</translation>
    </message>
    <message>
        <source>The host key of {alias} is not known yet, so it cannot be handed to other programs. Connect to {alias} once, compare the fingerprint, and try again.</source>
        <translation>还不知道 {alias} 的主机密钥，所以无法把它交给其他程序。请先连接一次 {alias} 并核对指纹，然后重试。</translation>
    </message>
    <message>
        <source>The login as &quot;{user}&quot; at {host} was refused[; it accepts: {methods}]. Check the user name, and that the public half of your key is in ~/.ssh/authorized_keys there.</source>
        <translation>以“{user}”登录 {host} 被拒绝[；它接受的方式：{methods}]。请检查用户名，以及你的公钥是否在那里的 ~/.ssh/authorized_keys 中。</translation>
    </message>
    <message>
        <source>The key file {path} does not exist. Choose the right private key in the profile.</source>
        <translation>密钥文件 {path} 不存在。请在配置中选择正确的私钥。</translation>
    </message>
    <message>
        <source>The key file {path} cannot be read: {reason}. Check that it is a whole private key and that you may read it.</source>
        <translation>无法读取密钥文件 {path}：{reason}。请检查它是否是完整的私钥，以及你是否有权读取。</translation>
    </message>
    <message>
        <source>The key file {path} cannot be used: {reason}. Convert it to OpenSSH format or choose another key.</source>
        <translation>无法使用密钥文件 {path}：{reason}。请把它转换为 OpenSSH 格式，或选择其他密钥。</translation>
    </message>
    <message>
        <source>The rights of {path} could not be changed so that only you may open it: {reason}. Copy the key into a folder of your own on a disk of this computer, and use that copy.</source>
        <translation>无法修改 {path} 的权限，使只有你能打开它：{reason}。请把密钥复制到本机磁盘上你自己的文件夹中，并使用那份副本。</translation>
    </message>
    <message>
        <source>The passphrase does not open the key file {path}. Try again with the right one.</source>
        <translation>口令打不开密钥文件 {path}。请输入正确的口令重试。</translation>
    </message>
    <message>
        <source>No SSH agent (the program that holds unlocked keys) is running. Start one, or choose a key file in the profile.</source>
        <translation>没有运行中的 SSH agent（保管已解锁密钥的程序）。请启动它，或在配置中选择密钥文件。</translation>
    </message>
    <message>
        <source>The SSH agent (the program that holds unlocked keys) holds no key. Add one with ssh-add, or choose a key file in the profile.</source>
        <translation>SSH agent（保管已解锁密钥的程序）中没有密钥。请用 ssh-add 添加，或在配置中选择密钥文件。</translation>
    </message>
    <message>
        <source>The SSH agent of Windows is switched off (error 1058). Open PowerShell as administrator and type Set-Service ssh-agent -StartupType Automatic, then Start-Service ssh-agent, and try again.</source>
        <translation>Windows 的 SSH agent 已被停用（错误 1058）。请以管理员身份打开 PowerShell，输入 Set-Service ssh-agent -StartupType Automatic，再输入 Start-Service ssh-agent，然后重试。</translation>
    </message>
    <message>
        <source>The SSH agent did not take the key {path}[: {reason}]. If it is locked, unlock it with ssh-add -X and try again; the key also works from its file, without an agent.</source>
        <translation>SSH agent 没有接受密钥 {path}[：{reason}]。如果它被锁定，请用 ssh-add -X 解锁后重试；密钥也可以直接从文件使用，不需要 agent。</translation>
    </message>
    <message>
        <source>An answer was needed and there was no one to ask: &quot;{question}&quot; Run this in a terminal or start the RelayTray window.</source>
        <translation>需要有人回答，但没有人可以询问：“{question}”请在终端中运行，或打开 RelayTray 窗口。</translation>
    </message>
    <message>
        <source>The relay &quot;{relay}&quot; is up, but nothing listens on its port {port}: the tunnel from {alias} is down. Start the tunnel again on {alias}, for example from its web terminal.</source>
        <translation>跳板机“{relay}”正常，但它的端口 {port} 上没有程序在监听：来自 {alias} 的隧道已断开。请在 {alias} 上重新启动隧道，例如通过它的网页终端。</translation>
    </message>
    <message>
        <source>{host} does not allow connections to {target}. Allow it there (AllowTcpForwarding in sshd_config, permitopen in authorized_keys), or use another account.</source>
        <translation>{host} 不允许连接 {target}。请在那里放行（sshd_config 的 AllowTcpForwarding，authorized_keys 的 permitopen），或换一个账号。</translation>
    </message>
    <message>
        <source>{host} opens no more connections for now: it reached its limit. Close some programs that use it and try again.</source>
        <translation>{host} 暂时不再接受新的连接：已达到上限。请关闭一些正在使用它的程序后重试。</translation>
    </message>
    <message>
        <source>The tunnel to {alias} opens, but its SSH service says nothing. Check that the server is not overloaded, and start the tunnel on it again.</source>
        <translation>通往 {alias} 的隧道可以打开，但它的 SSH 服务没有应答。请检查服务器是否过载，并在其上重新启动隧道。</translation>
    </message>
    <message>
        <source>What answers at the end of the tunnel to {alias} is not an SSH server. Check the port in its profile and in the tunnel that runs on it.</source>
        <translation>在 {alias} 的隧道另一端应答的不是 SSH 服务器。请检查配置中的端口，以及服务器上隧道所用的端口。</translation>
    </message>
    <message>
        <source>{host} could not reach {target}: it was refused or did not answer. Check that the program you want to reach runs there and listens on that port.</source>
        <translation>{host} 无法到达 {target}：连接被拒绝或没有应答。请检查你要访问的程序是否在那里运行并监听该端口。</translation>
    </message>
    <message>
        <source>Port {port} of {alias} is not open to programs on this computer; its profile opens only SSH, port 22. Add a forward for this port or set the exit of the profile to the server.</source>
        <translation>{alias} 的端口 {port} 没有对这台电脑的程序开放；它的配置只开放 SSH 的 22 端口。请为该端口添加端口转发，或把配置的出口设为这台服务器。</translation>
    </message>
    <message>
        <source>The relay &quot;{relay}&quot; was set up for your GPU servers only, so it does not let this computer out to {target}. Set it up again with the internet allowed (relaytray relay setup NAME --exit), or choose a server as the exit.</source>
        <translation>跳板机“{relay}”只为你的 GPU 服务器而设置，因此不让本机访问 {target}。请重新设置它并允许访问互联网（relaytray relay setup 名称 --exit），或选择一台服务器作为出口。</translation>
    </message>
    <message>
        <source>The relay &quot;{relay}&quot; does not let this computer reach its port {port}, where {alias} is expected. Bring {alias} online with a line, or set the relay up again, which opens the ports of all your servers to you.</source>
        <translation>跳板机“{relay}”不让本机访问它的端口 {port}，而 {alias} 应该在那里。请用一键命令接入 {alias}，或重新设置跳板机：这会让本机能访问你所有服务器的端口。</translation>
    </message>
    <message>
        <source>No {core} program was found on this computer. Install it (the Python package xray-core has Xray), or choose its file in the settings.</source>
        <translation>这台电脑上没有找到 {core} 程序。请安装它（Python 包 xray-core 带有 Xray），或在设置中选择它的文件。</translation>
    </message>
    <message>
        <source>{program} is version {version}, and {needed} or newer is needed. Install a newer one, or choose another file in the settings.</source>
        <translation>{program} 的版本是 {version}，需要 {needed} 或更新的版本。请安装更新的版本，或在设置中选择其他文件。</translation>
    </message>
    <message>
        <source>{program} does not take the configuration of this route: {reason}. Check the v2ray fields of the relay.</source>
        <translation>{program} 不接受这条路由的配置：{reason}。请检查跳板机的 v2ray 各项设置。</translation>
    </message>
    <message>
        <source>{program} has ended: {reason}. RelayTray starts it again; the log has what it said.</source>
        <translation>{program} 已退出：{reason}。RelayTray 会重新启动它；它说过的话在日志里。</translation>
    </message>
    <message>
        <source>This computer&apos;s clock and that of {host} differ by {seconds} seconds, and v2ray (VMess) bears 120 at most. Set the clock that is wrong, best by network time.</source>
        <translation>这台电脑与 {host} 的时钟相差 {seconds} 秒，而 v2ray（VMess）最多允许 120 秒。请校准走错的时钟，最好使用网络时间。</translation>
    </message>
    <message>
        <source>{path} cannot be brought to the relay: {reason}. Choose v2ray or Xray for Linux: the program itself, its release as .zip, or the package xray-core as .whl.</source>
        <translation>无法把 {path} 传到跳板机：{reason}。请选择 Linux 版的 v2ray 或 Xray：程序本身、.zip 发行包，或 xray-core 的 .whl 包。</translation>
    </message>
    <message>
        <source>RelayTray has set up no v2ray or Xray on the relay {name}. Set the relay up again and choose it there.</source>
        <translation>RelayTray 没有在跳板机 {name} 上安装 v2ray 或 Xray。请重新设置该跳板机，并在其中选择它。</translation>
    </message>
    <message>
        <source>{alias} is reached at its sshd alone, because the relay hands on to the tunnel of ssh. Other ports ({ports}) need a bridge on the server: make its line again with one, or reach them through ssh.</source>
        <translation>{alias} 只能连到它的 sshd，因为跳板机把连接转给 ssh 的隧道。其他端口（{ports}）需要在 GPU 服务器上运行桥接端：请重新生成带桥接端的一键命令，或者通过 ssh 访问这些端口。</translation>
    </message>
    <message>
        <source>The user id for the v2ray route to {alias} is not in the keyring. Add the route again at its relay, or paste its link.</source>
        <translation>钥匙串里没有通往 {alias} 的 v2ray 路由的用户 ID。请在它的跳板机上重新添加路由，或粘贴它的链接。</translation>
    </message>
    <message>
        <source>Nothing comes back from {alias} through the v2ray of the relay &quot;{relay}&quot;. It does that when the user id is wrong, or when a clock is off by more than two minutes: check both.</source>
        <translation>经跳板机“{relay}”的 v2ray，{alias} 没有任何回应。用户 ID 不对或时钟相差超过两分钟时就会这样：请检查这两项。</translation>
    </message>
    <message>
        <source>The v2ray of the relay &quot;{relay}&quot; ends the connection to {alias} at once. Check that the server&apos;s own end is running, and that the relay knows this computer&apos;s user id.</source>
        <translation>跳板机“{relay}”的 v2ray 立即断开了到 {alias} 的连接。请检查服务器那一端是否在运行，以及跳板机是否认识这台电脑的用户 ID。</translation>
    </message>
    <message>
        <source>{alias} is now reached by {route}, because {better} does not work. RelayTray keeps trying {better} and goes back to it.</source>
        <translation>现在经 {route} 到达 {alias}，因为 {better} 不通。RelayTray 会继续尝试 {better}，恢复后就改回去。</translation>
    </message>
    <message>
        <source>{alias} is reached by {route} again: it works. New connections take it.</source>
        <translation>{alias} 又可以经 {route} 到达了。新的连接会使用它。</translation>
    </message>
    <message>
        <source>The relay &quot;{name}&quot; was not set up by RelayTray yet, so it cannot take servers by a pasted line. Set the relay up first.</source>
        <translation>跳板机“{name}”还没有由 RelayTray 设置，因此不能用一键命令接入服务器。请先设置跳板机。</translation>
    </message>
    <message>
        <source>RelayTray is already changing the relay &quot;{name}&quot;, in another window or command. Wait until that has ended, then try again.</source>
        <translation>RelayTray 正在另一个窗口或命令中更改跳板机“{name}”。请等它结束后再试。</translation>
    </message>
    <message>
        <source>The profile of the relay &quot;{name}&quot; got another address, or was removed, while that machine was being changed, so the profile was left as it is. Set the relay up again.</source>
        <translation>在更改这台机器期间，跳板机“{name}”的配置换了地址或被移除，因此配置保持原样。请重新设置这台跳板机。</translation>
    </message>
    <message>
        <source>The step &quot;{step}&quot; failed on {host}: {reason}. What was done before it is right and stays; mend the cause and run the set-up again, it goes on from there.</source>
        <translation>{host} 上的步骤“{step}”失败：{reason}。之前完成的步骤仍然有效；请排除原因后再次运行设置，它会从这里继续。</translation>
    </message>
    <message>
        <source>{user} may not act as root on {host}: {reason}. Give a login that may use sudo, or set the relay up within this account only.</source>
        <translation>{user} 不能在 {host} 上以 root 身份操作：{reason}。请换用可以使用 sudo 的登录，或只在该账户内设置跳板机。</translation>
    </message>
    <message>
        <source>{host} could not do this: {what} ({reason}). Run the doctor for this relay, then try again.</source>
        <translation>{host} 无法完成：{what}（{reason}）。请对这台跳板机运行诊断，然后重试。</translation>
    </message>
    <message>
        <source>The new settings of sshd on {host} did not hold: {reason}. The old ones were put back and work as before; nobody is locked out.</source>
        <translation>{host} 上 sshd 的新设置未能生效：{reason}。已恢复原来的设置，一切照旧，没有人被锁在外面。</translation>
    </message>
    <message>
        <source>Port {port} of {host} is already used[ by {holder}]. Choose another port for the server.</source>
        <translation>{host} 的端口 {port} 已被占用[（{holder}）]。请为这台服务器选择另一个端口。</translation>
    </message>
    <message>
        <source>The line for {alias} is too old: it was not pasted in time. Copy a new one and paste that.</source>
        <translation>{alias} 的一键命令已过期：没有及时粘贴。请复制新的一键命令再粘贴。</translation>
    </message>
    <message>
        <source>The relay {host} knows nothing of {alias} any more. Copy a new line for it and paste that in its web terminal.</source>
        <translation>跳板机 {host} 上已没有 {alias} 的记录。请为它复制新的一键命令，并粘贴到它的网页终端。</translation>
    </message>
    <message>
        <source>{alias} has no sshd that could be reached: {reason}. Ask whoever runs the server to install or start one, or copy a new line that starts one for you alone.</source>
        <translation>{alias} 上没有可以访问的 sshd：{reason}。请联系服务器的管理者安装或启动 sshd，或复制新的一键命令，只为你自己启动一个。</translation>
    </message>
    <message>
        <source>Cancelled: {what}. Nothing was changed; try again whenever you like.</source>
        <translation>已取消：{what}。没有任何改动；随时可以重试。</translation>
    </message>
    <message>
        <source>Stopped on request while the relay &quot;{name}&quot; was being changed. The steps that were done stay and do no harm; run it again to go on.</source>
        <translation>在更改跳板机“{name}”的过程中按要求停止。已完成的步骤会保留，没有坏处；再次运行即可继续。</translation>
    </message>
    <message>
        <source>Something went wrong inside RelayTray: {reason}. Try again; if it happens again, save the log and report it.</source>
        <translation>RelayTray 内部出错：{reason}。请重试；如果再次发生，请保存日志并报告。</translation>
    </message>
    <message>
        <source>The file {path} is larger than {limit} MB, so it is no list of links and no picture of a QR code. Choose another file.</source>
        <translation>文件 {path} 超过 {limit} MB，不会是链接列表，也不会是二维码图片。请选择其他文件。</translation>
    </message>
    <message>
        <source>The file {path} is neither text nor a picture that RelayTray reads. Choose a text file with links, a SIP008 file, or a picture (PNG, JPEG, BMP, GIF or WebP) of a QR code.</source>
        <translation>文件 {path} 既不是文本，也不是 RelayTray 能读取的图片。请选择含有链接的文本文件、SIP008 文件，或二维码图片（PNG、JPEG、BMP、GIF 或 WebP）。</translation>
    </message>
    <message>
        <source>The file {path} is of the kind {kind}, which RelayTray does not read. Save it as PNG or JPEG, or take a screenshot of the QR code.</source>
        <translation>文件 {path} 是 {kind} 格式，RelayTray 无法读取。请将其另存为 PNG 或 JPEG，或对二维码截图。</translation>
    </message>
    <message>
        <source>The picture[ {path}] is damaged or was cut off. Save or send it again, or take a screenshot of the QR code.</source>
        <translation>图片[ {path} ]已损坏或不完整。请重新保存或发送，或对二维码截图。</translation>
    </message>
    <message>
        <source>The picture[ {path}] has more than {limit} million pixels, which RelayTray does not open. Cut out the QR code and save that.</source>
        <translation>图片[ {path} ]超过 {limit} 百万像素，RelayTray 不会打开。请裁剪出二维码部分后另存。</translation>
    </message>
    <message>
        <source>No QR code was found in the picture[ {path}]. Choose a picture in which the whole code is sharp, with a little white around it.</source>
        <translation>在图片[ {path} ]中没有找到二维码。请选择二维码完整、清晰且四周留有少许白边的图片。</translation>
    </message>
    <message>
        <source>There is a QR code in the picture[ {path}], but too much of it is missing or blurred. Take the picture again, straight and sharp, or copy the link as text.</source>
        <translation>图片[ {path} ]中有二维码，但缺损或模糊过多。请重新正对二维码拍摄清晰的图片，或以文本形式复制链接。</translation>
    </message>
    <message>
        <source>The relay &quot;{name}&quot; has no SSH login: its servers are reached by v2ray. Connect one of those, or fill in the relay&apos;s user.</source>
        <translation>跳板机“{name}”没有 SSH 登录账户：它的服务器经由 v2ray 访问。请连接其中一台服务器，或填写跳板机的用户名。</translation>
    </message>
    <message>
        <source>{host} shows another certificate at port {port} than the one whose fingerprint the profile has. Somebody may be in between, or the relay has got a new one: ask whoever runs it for a new link.</source>
        <translation>{host} 在端口 {port} 出示的证书与配置中指纹所对应的证书不同。可能有人在中间截获，也可能是跳板机更换了证书：请向其管理者索取新的链接。</translation>
    </message>
    <message>
        <source>{host} does not speak TLS at port {port}: {reason}. Check the port, and whether v2ray runs there.</source>
        <translation>{host} 的端口 {port} 无法进行 TLS 通信：{reason}。请检查端口，以及那里的 v2ray 是否在运行。</translation>
    </message>
    <message>
        <source>The link is longer than the {limit} bytes that a QR code holds. Copy it as text instead.</source>
        <translation>链接长度超过了二维码可容纳的 {limit} 字节。请改为以文本形式复制。</translation>
    </message>
    <message>
        <source>Amazon Lightsail needs the Python package boto3, which is not installed. Install relaytray with its extra &quot;lightsail&quot;, or set up a machine that you have already.</source>
        <translation>使用 Amazon Lightsail 需要 Python 包 boto3，但尚未安装。请安装带 lightsail 附加组件的 relaytray，或设置你已有的机器。</translation>
    </message>
    <message>
        <source>No AWS credentials were found on this computer. Run &quot;aws configure&quot; (or &quot;aws sso login&quot;), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then try again.</source>
        <translation>本机上没有找到 AWS 凭证。请运行“aws configure”（或“aws sso login”），或设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY，然后重试。</translation>
    </message>
    <message>
        <source>AWS does not accept the credentials of this computer: {reason}. Renew them (&quot;aws sso login&quot;, &quot;aws configure&quot;), or choose another AWS profile, then try again.</source>
        <translation>AWS 不接受本机的凭证：{reason}。请更新凭证（“aws sso login”或“aws configure”）或选择其他 AWS 配置，然后重试。</translation>
    </message>
    <message>
        <source>AWS finds this computer&apos;s clock too far off: {reason}. Set the clock by network time, then try again.</source>
        <translation>AWS 认为本机时钟偏差过大：{reason}。请通过网络校准时间，然后重试。</translation>
    </message>
    <message>
        <source>This AWS user has no permission for {action}. Let the owner of the account add it to the user&apos;s policy, then try again.</source>
        <translation>此 AWS 用户没有 {action} 权限。请让账户所有者将其加入该用户的策略，然后重试。</translation>
    </message>
    <message>
        <source>The AWS account cannot be used for Lightsail yet: {reason}. Finish its registration (payment card, identity) in the AWS console, then try again.</source>
        <translation>此 AWS 账户尚不能使用 Lightsail：{reason}。请在 AWS 控制台完成注册（支付卡、身份验证），然后重试。</translation>
    </message>
    <message>
        <source>The region {region} is not enabled for this AWS account, or is still being prepared. Wait some minutes, enable it in the AWS console, or choose another region.</source>
        <translation>区域 {region} 尚未为此 AWS 账户启用，或仍在准备中。请等待几分钟、在 AWS 控制台中启用它，或选择其他区域。</translation>
    </message>
    <message>
        <source>There is no {kind} &quot;{value}&quot; in {region}. It has: {choices}.</source>
        <translation>{region} 没有 {kind}“{value}”。可选：{choices}。</translation>
    </message>
    <message>
        <source>The name {name} is taken in the account[, by something of the kind {kind}] that RelayTray did not make. Rename or delete that in the AWS console, then try again.</source>
        <translation>名称 {name} 在账户中已被占用[（类型：{kind}）]，且不是 RelayTray 创建的。请在 AWS 控制台中将其改名或删除，然后重试。</translation>
    </message>
    <message>
        <source>The account has reached a limit ({action}): {reason}. Delete what is not needed, or ask AWS for a higher quota, then try again.</source>
        <translation>账户已达到上限（{action}）：{reason}。请删除不需要的内容，或向 AWS 申请提高配额，然后重试。</translation>
    </message>
    <message>
        <source>AWS takes no more requests from this account for the moment ({action}), after several tries. Wait a minute, then try again; it goes on where it was.</source>
        <translation>多次尝试后，AWS 暂时不再接受此账户的请求（{action}）。请稍等一分钟后重试，将从中断处继续。</translation>
    </message>
    <message>
        <source>Amazon Lightsail in {region} cannot be reached ({reason}). Check the network of this computer, then try again; it goes on where it was.</source>
        <translation>无法访问 {region} 的 Amazon Lightsail（{reason}）。请检查本机网络后重试，将从中断处继续。</translation>
    </message>
    <message>
        <source>Amazon Lightsail refused a step ({action}): {reason}. What was made so far is remembered: try again, or take it away.</source>
        <translation>Amazon Lightsail 拒绝了一个步骤（{action}）：{reason}。已创建的内容均有记录：可以重试，也可以删除。</translation>
    </message>
    <message>
        <source>{what} did not happen within {minutes} minutes. What was made so far is remembered: try again, or take it away.</source>
        <translation>{what} 在 {minutes} 分钟内没有完成。已创建的内容均有记录：可以重试，也可以删除。</translation>
    </message>
    <message>
        <source>RelayTray has made no machine for &quot;{name}&quot; in a cloud account. Nothing was taken away.</source>
        <translation>RelayTray 没有在云账户中为“{name}”创建过机器，未删除任何内容。</translation>
    </message>
    <message>
        <source>{name} was begun with another choice ({kind}: {begun}, not {value}). Go on without naming that, or take away what was begun and make it anew.</source>
        <translation>{name} 先前是按另一选择开始创建的（{kind}：{begun}，而不是 {value}）。请不指定该项继续创建，或者先删除已创建的部分再重新创建。</translation>
    </message>
    <message>
        <source>{name} was made in the AWS account {there}, and the credentials of this computer now lead to {here}. Nothing was changed. Give those of the first account (--aws-profile, or AWS_PROFILE), then try again.</source>
        <translation>{name} 是在 AWS 账户 {there} 中创建的，而本机当前的凭证属于账户 {here}。未做任何更改。请改用前一账户的凭证（--aws-profile 或 AWS_PROFILE），然后重试。</translation>
    </message>
    <message>
        <source>There is no Shadowsocks server named &quot;{name}&quot;.[ Did you mean &quot;{near}&quot;?] Choose one of the saved ones or add it.</source>
        <translation>没有名为“{name}”的 Shadowsocks 服务器。[你是不是想找“{near}”？]请选择已保存的服务器，或先添加它。</translation>
    </message>
    <message>
        <source>No Shadowsocks client was found on this computer. Install {needed}, or choose its file in the settings.</source>
        <translation>在这台电脑上没有找到 Shadowsocks 客户端。请安装 {needed}，或在设置中选择它的程序文件。</translation>
    </message>
    <message>
        <source>{program} is no Shadowsocks client that RelayTray can run. Choose the file of ss-local, of sslocal or of Xray in the settings, or none: then RelayTray looks for one itself.</source>
        <translation>{program} 不是 RelayTray 能运行的 Shadowsocks 客户端。请在设置中选择 ss-local、sslocal 或 Xray 的程序文件；不选也可以，RelayTray 会自行查找。</translation>
    </message>
    <message>
        <source>{program} does not know the encryption method {method}. Install {needed}, or choose its file in the settings.</source>
        <translation>{program} 不支持加密方法 {method}。请安装 {needed}，或在设置中选择它的程序文件。</translation>
    </message>
    <message>
        <source>This Shadowsocks server needs the plugin {plugin}, which was not found on this computer. Install it, or put it beside the Shadowsocks client.</source>
        <translation>这个 Shadowsocks 服务器需要插件 {plugin}，但在这台电脑上没有找到它。请安装该插件，或把它放到 Shadowsocks 客户端所在的文件夹。</translation>
    </message>
    <message>
        <source>This Shadowsocks server asks for the plugin &quot;{plugin}&quot;. RelayTray starts obfs-local and v2ray-plugin and no other, because a link from a stranger could name any program. Ask for a link without it.</source>
        <translation>这个 Shadowsocks 服务器要求使用插件“{plugin}”。RelayTray 只启动 obfs-local 和 v2ray-plugin，因为陌生人给的链接里可能写着任何程序。请索取一个不带该插件的链接。</translation>
    </message>
    <message>
        <source>The plugin {plugin} is to be started with the option &quot;{option}&quot;, which RelayTray does not hand on, because options of plugins can open ports and files of this computer. Take it out of the options of the plugin.</source>
        <translation>要求以选项“{option}”启动插件 {plugin}，但 RelayTray 不会传递该选项，因为插件的选项可能打开本机的端口和文件。请从插件选项中去掉它。</translation>
    </message>
    <message>
        <source>{program} does not take what the profile says: {reason}. Check the method, the password and the plugin of the Shadowsocks server.</source>
        <translation>{program} 不接受配置中的内容：{reason}。请检查该 Shadowsocks 服务器的加密方法、密码和插件。</translation>
    </message>
    <message>
        <source>The Shadowsocks server {host} takes no connection on port {port}. Check the port, that the service runs there, and that its firewall and your network let the port through.</source>
        <translation>Shadowsocks 服务器 {host} 的端口 {port} 无法连接。请检查端口是否正确、服务是否在运行，以及服务器的防火墙和你的网络是否放行该端口。</translation>
    </message>
    <message>
        <source>The Shadowsocks server {name} ({host}:{port}) takes connections, but nothing comes back through it. It does that when the password, the method or the plugin is not its own: check all three.</source>
        <translation>Shadowsocks 服务器 {name}（{host}:{port}）可以连上，但没有任何数据返回。密码、加密方法或插件与服务器不一致时就会这样，请检查这三项。</translation>
    </message>
    <message>
        <source>The Shadowsocks server {name} ({host}:{port}) ends every connection at once. Check that the service runs there, and that the password, the method and the plugin are its own.</source>
        <translation>Shadowsocks 服务器 {name}（{host}:{port}）会立即断开每个连接。请检查服务是否在运行，以及密码、加密方法和插件是否与服务器一致。</translation>
    </message>
    <message>
        <source>The password of the Shadowsocks server {name} is not in the keyring of this computer. Type it in again, or take its link again.</source>
        <translation>这台电脑的密钥环中没有 Shadowsocks 服务器 {name} 的密码。请重新输入密码，或重新导入它的链接。</translation>
    </message>
    <message>
        <source>The password of the Shadowsocks server {name} is no key for {method}: that is base64 of {expected} bytes. Copy it again from the server, or take its link again.</source>
        <translation>Shadowsocks 服务器 {name} 的密码不是 {method} 的密钥：密钥应为 {expected} 字节数据的 base64 编码。请从服务器重新复制，或重新导入它的链接。</translation>
    </message>
    <message>
        <source>The list {path} cannot be used: {reason}. Until another file is chosen in the settings, only your own lists say what goes through the proxy.</source>
        <translation>无法使用列表文件 {path}：{reason}。在设置中另选文件之前，只按你自己的列表决定哪些网址走代理。</translation>
    </message>
    <message>
        <source>{by} has this system&apos;s proxy now, and {name} is reached by its local port only. One of them can have it at a time: disconnect {by} to give it back.</source>
        <translation>系统代理现在由 {by} 使用，{name} 只能通过它的本地端口使用。同一时间只有一个能使用系统代理：断开 {by}，系统代理就会交还给 {name}。</translation>
    </message>
    <message>
        <source>{name} cannot be used any more, so this system&apos;s proxy was put back: programs go to the internet directly again. See what is wrong with {name}, and connect it anew.</source>
        <translation>{name} 已无法使用，因此系统代理已恢复原样：各程序重新直接访问互联网。请查看 {name} 出了什么问题，然后重新连接。</translation>
    </message>
    <message>
        <source>Another program has changed this system&apos;s proxy, and RelayTray leaves it so. To let {name} have it, disconnect {name} and connect it again.</source>
        <translation>另一个程序更改了系统代理，RelayTray 不再改动它。要让 {name} 使用系统代理，请断开 {name} 后重新连接。</translation>
    </message>
    <message>
        <source>This system&apos;s proxy could not be set for {name}: {reason}. Its local port works all the same; tell your programs that port, or try again.</source>
        <translation>无法为 {name} 设置系统代理：{reason}。它的本地端口仍可使用；请在各程序中填写该端口，或再试一次。</translation>
    </message>
    <message>
        <source>This system&apos;s proxy could not be put back: {reason}. Programs may find no internet until it is switched off in the system&apos;s settings, or by the command &quot;relaytray system-proxy restore&quot;.</source>
        <translation>无法恢复系统代理：{reason}。在系统设置中关闭代理，或运行命令“relaytray system-proxy restore”之前，各程序可能无法上网。</translation>
    </message>
    <message>
        <source>RelayTray cannot set the proxy of this desktop: it can on Windows, macOS and GNOME. The local port works all the same; tell your programs that port.</source>
        <translation>RelayTray 无法设置此桌面环境的代理：它只支持 Windows、macOS 和 GNOME。本地端口仍可使用；请在各程序中填写该端口。</translation>
    </message>
</context>
<context>
    <name>FindingText</name>
    <message>
        <source>The ssh program {path} is version {version}, and RelayTray is made for 8.1 and newer. Update OpenSSH.</source>
        <translation>ssh 程序 {path} 的版本是 {version}，而 RelayTray 需要 8.1 或更新的版本。请更新 OpenSSH。</translation>
    </message>
    <message>
        <source>Your ssh config, {file}, does not have the servers of RelayTray yet, so no program that uses ssh knows them. Run relaytray ssh-config --install.</source>
        <translation>你的 ssh 配置 {file} 中还没有 RelayTray 的服务器，所以使用 ssh 的程序都不认识它们。请运行 relaytray ssh-config --install。</translation>
    </message>
    <message>
        <source>ssh does not take {alias} from RelayTray: other lines in {file} come first. Run relaytray ssh-config --install, which moves its line to the top, and look for another Host block with that name.</source>
        <translation>ssh 没有使用 RelayTray 提供的 {alias}：{file} 中有其他内容排在前面。请运行 relaytray ssh-config --install，它会把自己的那一行移到最前面；并检查是否另有同名的 Host 段。</translation>
    </message>
    <message>
        <source>The settings of {program} name an ssh program that is not there or cannot be run: {path}. Remove remote.SSH.path or correct it.</source>
        <translation>{program} 的设置指定的 ssh 程序不存在或无法运行：{path}。请删除或改正 remote.SSH.path。</translation>
    </message>
    <message>
        <source>The settings of {program} name an ssh program without its folder: {path}. Write the whole path in remote.SSH.path, or remove it.</source>
        <translation>{program} 的设置指定的 ssh 程序没有写明目录：{path}。请在 remote.SSH.path 中写完整路径，或删除它。</translation>
    </message>
    <message>
        <source>The program that the settings of {program} name in remote.SSH.path is not OpenSSH: {path}. Remove the setting, or name an OpenSSH program; PuTTY&apos;s do not work.</source>
        <translation>{program} 的设置 remote.SSH.path 指定的程序不是 OpenSSH：{path}。请删除该设置，或改为 OpenSSH 程序；PuTTY 的程序不能用。</translation>
    </message>
    <message>
        <source>The ssh program {path} does not accept your ssh config: {reason}. Correct that line; until then no host can be reached with it.</source>
        <translation>ssh 程序 {path} 不接受你的 ssh 配置：{reason}。请改正那一行；在此之前用它连不上任何主机。</translation>
    </message>
    <message>
        <source>The settings of {program} name an ssh config that does not exist: {path}. Remove remote.SSH.configFile or correct it.</source>
        <translation>{program} 的设置指定了一个不存在的 ssh 配置：{path}。请删除或改正 remote.SSH.configFile。</translation>
    </message>
    <message>
        <source>The settings of {program} name an ssh config without its folder: {path}. Write the whole path in remote.SSH.configFile, or remove it.</source>
        <translation>{program} 的设置指定的 ssh 配置没有写明目录：{path}。请在 remote.SSH.configFile 中写完整路径，或删除它。</translation>
    </message>
    <message>
        <source>{program} gives ssh the file {path} instead of {config}, and the servers of RelayTray are not in it. Remove remote.SSH.configFile from its settings, or write this on the first line of that file: Include &quot;{config}&quot;.</source>
        <translation>{program} 让 ssh 使用文件 {path} 而不是 {config}，其中没有 RelayTray 的服务器。请从它的设置中删除 remote.SSH.configFile，或在该文件的第一行写上：Include &quot;{config}&quot;。</translation>
    </message>
    <message>
        <source>{program} gives up on a connection after {seconds} seconds, which is short where the link has to come up first and you are asked for something. Set remote.SSH.connectTimeout to {proposed}.</source>
        <translation>{program} 等待连接 {seconds} 秒就会放弃；如果要先建立连接并询问你，这个时间太短。请把 remote.SSH.connectTimeout 设为 {proposed}。</translation>
    </message>
    <message>
        <source>{program} does not know yet that {alias} runs Linux: it asks, or on Windows takes it for a Windows machine. Set it in remote.SSH.remotePlatform.</source>
        <translation>{program} 还不知道 {alias} 运行的是 Linux：它会询问，在 Windows 上则会把它当成 Windows 机器。请在 remote.SSH.remotePlatform 中设置。</translation>
    </message>
    <message>
        <source>The settings of {program} say that {alias} runs &quot;{platform}&quot;. If it runs Linux, correct that in remote.SSH.remotePlatform.</source>
        <translation>{program} 的设置说 {alias} 运行的是“{platform}”。如果它运行的是 Linux，请在 remote.SSH.remotePlatform 中改正。</translation>
    </message>
    <message>
        <source>{program} makes a new ssh connection for each window, because remote.SSH.useLocalServer is off, so a passphrase is asked for more often. Turn it on if that is a nuisance.</source>
        <translation>remote.SSH.useLocalServer 处于关闭状态，{program} 会为每个窗口新建一个 ssh 连接，因此会更频繁地询问口令。如果觉得麻烦，请打开它。</translation>
    </message>
    <message>
        <source>{program} has no extension for servers reached by ssh yet. Install {extension} in it.</source>
        <translation>{program} 还没有安装用于 ssh 服务器的扩展。请在其中安装 {extension}。</translation>
    </message>
    <message>
        <source>{program} does not use the ssh of this computer and does not check host keys, so it would not notice another machine in the server&apos;s place. Use another editor where that matters.</source>
        <translation>{program} 不使用这台电脑的 ssh，也不检查主机密钥，所以即使有别的机器冒充服务器也发现不了。如果这一点重要，请改用其他编辑器。</translation>
    </message>
</context>
<context>
    <name>ForwardsTable</name>
    <message>
        <source>Add a forward</source>
        <translation>添加端口转发</translation>
    </message>
</context>
<context>
    <name>FrontEnd</name>
    <message>
        <source>RelayTray&apos;s window says which programs must be reopened.</source>
        <translation>RelayTray 的窗口中说明了哪些程序需要重新打开。</translation>
    </message>
    <message>
        <source>Connected.</source>
        <translation>已连接。</translation>
    </message>
</context>
<context>
    <name>HostKeyChanged</name>
    <message>
        <source>{profile} is not the machine it was before</source>
        <translation>{profile} 已不是原来那台机器</translation>
    </message>
    <message>
        <source>The host key of {profile} is marked as revoked</source>
        <translation>{profile} 的主机密钥已被标记为吊销</translation>
    </message>
    <message>
        <source>The connection was stopped before anything was sent. Either the machine was reinstalled or replaced, or somebody else&apos;s machine answers in its place and waits for your password or your data.</source>
        <translation>连接已在发送任何数据之前中止。要么这台机器被重装或更换了，要么是别人的机器在冒充它，等着获取你的密码或数据。</translation>
    </message>
    <message>
        <source>Find out first: ask who runs the machine, or look at its fingerprint in its own console. Only if the change was made on purpose, open Edit, More settings, and remove the pinned keys there.</source>
        <translation>请先弄清原因：询问这台机器的管理者，或在它自己的控制台里查看指纹。确认是有意更换后，才打开“编辑”→“更多设置”，在那里移除已固定的密钥。</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>已固定</translation>
    </message>
    <message>
        <source>Shown now</source>
        <translation>当前出示</translation>
    </message>
    <message>
        <source>Pinned in</source>
        <translation>固定于</translation>
    </message>
</context>
<context>
    <name>HostKeyDialog</name>
    <message>
        <source>Is this the right machine?</source>
        <translation>这是正确的机器吗？</translation>
    </message>
    <message>
        <source>The GPU server {profile} ({host}) has not been seen before. It shows this host key:</source>
        <translation>第一次见到 GPU 服务器 {profile}（{host}）。它出示的主机密钥是：</translation>
    </message>
    <message>
        <source>The relay {profile} ({host}) has not been seen before. It shows this host key:</source>
        <translation>第一次见到跳板机 {profile}（{host}）。它出示的主机密钥是：</translation>
    </message>
    <message>
        <source>Compare it with what the machine itself says: run this on it, in its cloud console or web terminal. Trust it only if the line is the same.</source>
        <translation>请与机器自己给出的结果比对：在它的云控制台或网页终端中运行下面的命令。只有内容完全一致时才信任。</translation>
    </message>
    <message>
        <source>They are the same: trust it</source>
        <translation>一致，信任它</translation>
    </message>
    <message>
        <source>{key_type}, fingerprint:</source>
        <translation>{key_type}，指纹：</translation>
    </message>
    <message>
        <source>Picture of the key (randomart)</source>
        <translation>密钥图案（randomart）</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import profiles</source>
        <translation>导入配置</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Profiles to import</source>
        <translation>要导入的配置</translation>
    </message>
    <message>
        <source>Not imported:</source>
        <translation>未导入：</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>There is nothing in {source} that could be imported.</source>
        <translation>{source} 中没有可以导入的内容。</translation>
    </message>
    <message>
        <source>From {source}. Nothing that you have is changed.</source>
        <translation>来自 {source}。你现有的配置不会被改动。</translation>
    </message>
    <message>
        <source>tunnel at port {port}</source>
        <translation>隧道端口 {port}</translation>
    </message>
</context>
<context>
    <name>ImportText</name>
    <message>
        <source>&quot;{alias}&quot; was left out: conditions (Match) cannot be imported. Check the hosts it applies to.</source>
        <translation>“{alias}”未导入：条件（Match）无法导入。请检查它所适用的主机。</translation>
    </message>
    <message>
        <source>{alias} was left out: it is reached through a command of its own ({detail}). Add it by hand if a relay leads to it.</source>
        <translation>{alias} 未导入：它通过自己的命令（{detail}）连接。如果有跳板机通往它，请手动添加。</translation>
    </message>
    <message>
        <source>{alias} was left out: it is reached through several machines in a row ({detail}), and RelayTray goes through one. Add it by hand if one relay leads to it.</source>
        <translation>{alias} 未导入：它要依次经过多台机器（{detail}），而 RelayTray 只经过一台。如果有一台跳板机直接通往它，请手动添加。</translation>
    </message>
    <message>
        <source>{alias} was left out: ssh does not accept this line either: {detail}. Correct it and retry.</source>
        <translation>{alias} 未导入：ssh 也不接受这一行：{detail}。请改正后重试。</translation>
    </message>
    <message>
        <source>The file {alias} was read only once: it includes itself. Correct its Include lines.</source>
        <translation>文件 {alias} 只读取了一次：它包含了自己。请改正其中的 Include 行。</translation>
    </message>
    <message>
        <source>The file {alias} was left out: too many files include each other. Correct the Include lines.</source>
        <translation>文件 {alias} 未导入：相互包含的文件太多。请改正 Include 行。</translation>
    </message>
    <message>
        <source>The line &quot;{detail}&quot; was left out: ssh does not accept it either. Correct it and retry.</source>
        <translation>“{detail}”这一行未导入：ssh 也不接受它。请改正后重试。</translation>
    </message>
    <message>
        <source>The included file {alias} was left out: {detail}. Check that you may read it.</source>
        <translation>被包含的文件 {alias} 未导入：{detail}。请检查你是否有权读取。</translation>
    </message>
    <message>
        <source>{alias} comes without its line &quot;{detail}&quot;, which RelayTray cannot take over. Set up by hand what you need of it.</source>
        <translation>{alias} 已导入，但不含这一行：“{detail}”，RelayTray 无法采用它。如果你需要，请手动设置。</translation>
    </message>
</context>
<context>
    <name>KeyField</name>
    <message>
        <source>New key...</source>
        <translation>新建密钥…</translation>
    </message>
    <message>
        <source>Fix permissions</source>
        <translation>修正权限</translation>
    </message>
    <message>
        <source>Add to agent</source>
        <translation>加入 agent</translation>
    </message>
    <message>
        <source>Convert for ssh</source>
        <translation>转换为 ssh 格式</translation>
    </message>
    <message>
        <source>Other people on this computer can open this key file, so ssh refuses it.</source>
        <translation>这台电脑上的其他人也能打开这个密钥文件，所以 ssh 会拒绝使用它。</translation>
    </message>
    <message>
        <source>This is a PuTTY key. Logins need the same key in the format of ssh.</source>
        <translation>这是 PuTTY 密钥。登录需要 ssh 格式的同一把密钥。</translation>
    </message>
    <message>
        <source>Put right: only you can open it now.</source>
        <translation>已修正：现在只有你能打开它。</translation>
    </message>
    <message>
        <source>The ssh agent has this key now.</source>
        <translation>SSH agent 现在有这把密钥了。</translation>
    </message>
    <message>
        <source>The ssh agent has this key already.</source>
        <translation>SSH agent 已经有这把密钥。</translation>
    </message>
    <message>
        <source>The ssh agent</source>
        <translation>SSH agent</translation>
    </message>
    <message>
        <source>The conversion</source>
        <translation>转换</translation>
    </message>
</context>
<context>
    <name>Line</name>
    <message>
        <source>Bring {alias} online</source>
        <translation>让 {alias} 上线</translation>
    </message>
    <message>
        <source>{days} days {hours} h</source>
        <translation>{days} 天 {hours} 小时</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 小时 {minutes} 分钟</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分钟</translation>
    </message>
    <message>
        <source>less than a minute</source>
        <translation>不到一分钟</translation>
    </message>
    <message>
        <source>Asking {relay} for the server&apos;s permission...</source>
        <translation>正在向 {relay} 申请服务器的许可…</translation>
    </message>
    <message>
        <source>The line is good for another {time}.</source>
        <translation>这条命令的有效期还剩 {time}。</translation>
    </message>
    <message>
        <source>Waiting for the line to be pasted</source>
        <translation>等待粘贴一键命令</translation>
    </message>
    <message>
        <source>The line was not pasted in time</source>
        <translation>命令没有及时粘贴</translation>
    </message>
    <message>
        <source>The line is pasted</source>
        <translation>命令已粘贴</translation>
    </message>
    <message>
        <source>The server reports, and {relay} lets its tunnel in</source>
        <translation>服务器报到，{relay} 允许它的隧道接入</translation>
    </message>
    <message>
        <source>Its sshd answers through the tunnel</source>
        <translation>它的 sshd 通过隧道应答</translation>
    </message>
    <message>
        <source>It makes a key on the server. The private half never leaves it.</source>
        <translation>在服务器上生成一把密钥，私钥绝不离开服务器。</translation>
    </message>
    <message>
        <source>It tells {relay} the public half and the server&apos;s host keys, and is let in there with one port, {port}, and nothing else.</source>
        <translation>把公钥和服务器的主机密钥告诉 {relay}，在那里只获准使用一个端口 {port}，别的都不行。</translation>
    </message>
    <message>
        <source>It keeps a tunnel to the relay open, and opens it again after a restart where it may.</source>
        <translation>保持一条通往跳板机的隧道；在允许的情况下，重启后会自动重新建立。</translation>
    </message>
    <message>
        <source>It fetches v2ray or Xray through {relay} and keeps a second way there open with it, by a secret that opens nothing else.</source>
        <translation>它经 {relay} 取得 v2ray 或 Xray，用它保持第二条通路，所用的密钥不能打开任何别的东西。</translation>
    </message>
    <message>
        <source>It adds your public key to authorized_keys there, so that ssh works.</source>
        <translation>把你的公钥加入那里的 authorized_keys，这样就能用 ssh 登录。</translation>
    </message>
    <message>
        <source>If the server has no sshd, it starts one for your account, not open to the network.</source>
        <translation>如果服务器没有 sshd，就为你的账号启动一个，不对网络开放。</translation>
    </message>
    <message>
        <source>It works once; pasting it again does no harm. Show it to nobody else.</source>
        <translation>命令只生效一次，重复粘贴没有坏处。不要给别人看。</translation>
    </message>
    <message>
        <source>{relay} is not set up yet. Set it up first: it hands the server its permission.</source>
        <translation>{relay} 还没有设置。请先设置它：服务器的许可由它发放。</translation>
    </message>
    <message>
        <source>RelayTray is waiting for the line that was made earlier. It does not keep such lines: if you no longer have it, make a new one, and the old one ends.</source>
        <translation>RelayTray 正在等待之前生成的命令。这类命令不会被保存：如果你手头已经没有它，请生成一条新的，旧的随即失效。</translation>
    </message>
    <message>
        <source>The line is too old and does nothing now. Make a new one.</source>
        <translation>命令已过期，不再起作用。请生成一条新的。</translation>
    </message>
    <message>
        <source>{alias} is online, and its host key is remembered.</source>
        <translation>{alias} 已上线，它的主机密钥已记住。</translation>
    </message>
    <message>
        <source>You are {user} there, at home in {home}.</source>
        <translation>你在那里的用户名是 {user}，主目录是 {home}。</translation>
    </message>
    <message>
        <source>systemd keeps its tunnel open, also after a restart.</source>
        <translation>隧道由 systemd 保持，重启后也会恢复。</translation>
    </message>
    <message>
        <source>cron opens its tunnel again after a restart.</source>
        <translation>重启后由 cron 重新建立隧道。</translation>
    </message>
    <message>
        <source>Its tunnel stays open until the server restarts; paste a new line then.</source>
        <translation>隧道会保持到服务器重启；重启后请粘贴一条新的命令。</translation>
    </message>
    <message>
        <source>It had no sshd: one runs there for your account now.</source>
        <translation>它原来没有 sshd：现在有一个为你的账号运行。</translation>
    </message>
</context>
<context>
    <name>LineChoices</name>
    <message>
        <source>RelayTray makes one line for you. Paste it into the server&apos;s web terminal, as an ordinary user: the server then opens a tunnel to your relay and comes online here by itself.</source>
        <translation>RelayTray 为你生成一条命令。以普通用户身份把它粘贴到服务器的网页终端：服务器随即建立通往跳板机的隧道，并自动在这里上线。</translation>
    </message>
    <message>
        <source>Let me log in with my own key</source>
        <translation>允许我用自己的密钥登录</translation>
    </message>
    <message>
        <source>Adds your public key to ~/.ssh/authorized_keys of that account, so that ssh works at once. Your private key stays on this computer.</source>
        <translation>把你的公钥加入该账号的 ~/.ssh/authorized_keys，这样马上就能用 ssh。你的私钥留在本机。</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Start an sshd of my own if the server has none</source>
        <translation>服务器没有 sshd 时，启动一个我自己的</translation>
    </message>
    <message>
        <source>For containers: it runs for your account only, and nobody else in the network reaches it. The program sshd has to be installed there.</source>
        <translation>适用于容器：它只为你的账号运行，网络中的其他人无法访问。那里必须已安装 sshd 程序。</translation>
    </message>
    <message>
        <source>Keep a v2ray bridge open as well</source>
        <translation>同时保持一条 v2ray 桥接</translation>
    </message>
    <message>
        <source>For servers whose network disturbs SSH: v2ray then dials your relay too, and you get in even while the ssh tunnel is down. The program comes through the relay and runs for that account only. Without it, the way by v2ray needs the ssh tunnel of the server.</source>
        <translation>适用于网络会干扰 SSH 的服务器：v2ray 也会连向你的跳板机，即使 ssh 隧道断开你也能进入。程序经跳板机传来，只以该账户身份运行。不勾选时，经 v2ray 到达需要服务器的 ssh 隧道。</translation>
    </message>
    <message>
        <source>The port of the server&apos;s own sshd; nearly always 22.</source>
        <translation>服务器自己的 sshd 端口，几乎总是 22。</translation>
    </message>
    <message>
        <source>sshd port</source>
        <translation>sshd 端口</translation>
    </message>
    <message>
        <source>1 hour</source>
        <translation>1 小时</translation>
    </message>
    <message>
        <source>1 day</source>
        <translation>1 天</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>Until then it must be pasted.</source>
        <translation>必须在此期限内粘贴。</translation>
    </message>
    <message>
        <source>The owner of the server must agree to this: the tunnel lets you in from outside. A server that was lent to you is not yours to open.</source>
        <translation>这必须得到服务器所有者的同意：隧道让你能从外部进入。借给你的服务器，不由你来开放。</translation>
    </message>
</context>
<context>
    <name>LineWindow</name>
    <message>
        <source>You may close this window: RelayTray goes on waiting.</source>
        <translation>可以关闭此窗口：RelayTray 会继续等待。</translation>
    </message>
    <message>
        <source>New line</source>
        <translation>新命令</translation>
    </message>
    <message>
        <source>Set up the relay...</source>
        <translation>设置跳板机…</translation>
    </message>
    <message>
        <source>Make the line</source>
        <translation>生成命令</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Making...</source>
        <translation>正在生成…</translation>
    </message>
    <message>
        <source>A line that starts one...</source>
        <translation>生成会启动 sshd 的命令…</translation>
    </message>
    <message>
        <source>Host key: {fingerprint}</source>
        <translation>主机密钥：{fingerprint}</translation>
    </message>
    <message>
        <source>Paste this line into the web terminal of {alias}, as the user you work as there:</source>
        <translation>以你在那里使用的用户身份，把这条命令粘贴到 {alias} 的网页终端：</translation>
    </message>
    <message>
        <source>The line to paste</source>
        <translation>要粘贴的命令</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>What it does there</source>
        <translation>它在那里做什么</translation>
    </message>
    <message>
        <source>The owner of the server must agree to this: the tunnel lets you in from outside. A server that was lent to you is not yours to open.</source>
        <translation>这必须得到服务器所有者的同意：隧道让你能从外部进入。借给你的服务器，不由你来开放。</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>waiting for it</source>
        <translation>正在等待</translation>
    </message>
    <message>
        <source>trouble</source>
        <translation>出现问题</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>LinkText</name>
    <message>
        <source>There is nothing here yet. Paste a link that begins with ss:// or vmess://.</source>
        <translation>这里还没有内容。请粘贴以 ss:// 或 vmess:// 开头的链接。</translation>
    </message>
    <message>
        <source>This is longer than {limit} characters. Paste the links in smaller portions.</source>
        <translation>内容超过 {limit} 个字符。请分批粘贴链接。</translation>
    </message>
    <message>
        <source>This is no link of Shadowsocks, VMess or VLESS. Copy it again from its beginning, such as ss://.</source>
        <translation>这不是 Shadowsocks、VMess 或 VLESS 的链接。请从开头（例如 ss://）重新复制。</translation>
    </message>
    <message>
        <source>Links that begin with {scheme}:// are for other programs. RelayTray reads ss://, ssconf://, vmess:// and vless://.</source>
        <translation>以 {scheme}:// 开头的链接属于其他程序。RelayTray 可以读取 ss://、ssconf://、vmess:// 和 vless://。</translation>
    </message>
    <message>
        <source>The {kind} link is damaged: its encoded part (base64) is cut off or changed. Copy the whole link again.</source>
        <translation>{kind} 链接已损坏：编码部分（base64）被截断或改动。请重新复制整个链接。</translation>
    </message>
    <message>
        <source>The {kind} link holds bytes that are no text (UTF-8). Copy the whole link again.</source>
        <translation>{kind} 链接中含有不是文本（UTF-8）的字节。请重新复制整个链接。</translation>
    </message>
    <message>
        <source>The {kind} link names no machine. Ask for a new link.</source>
        <translation>{kind} 链接没有写明主机。请索取新的链接。</translation>
    </message>
    <message>
        <source>What the {kind} link names is no host name or address. Ask for a new link.</source>
        <translation>{kind} 链接写的不是主机名或地址。请索取新的链接。</translation>
    </message>
    <message>
        <source>The {kind} link has no port. Copy the whole link again, or ask for a new one.</source>
        <translation>{kind} 链接没有端口。请重新复制整个链接，或索取新的链接。</translation>
    </message>
    <message>
        <source>The {kind} link has the port {value}; ports go from 1 to 65535. Ask for a new link.</source>
        <translation>{kind} 链接的端口是 {value}；端口应在 1 到 65535 之间。请索取新的链接。</translation>
    </message>
    <message>
        <source>The Shadowsocks link lacks its method and password. Copy the whole link again, or ask for a new one.</source>
        <translation>Shadowsocks 链接缺少加密方法和密码。请重新复制整个链接，或索取新的链接。</translation>
    </message>
    <message>
        <source>The Shadowsocks link has no password. Ask for a new link.</source>
        <translation>Shadowsocks 链接没有密码。请索取新的链接。</translation>
    </message>
    <message>
        <source>The link uses the encryption method &quot;{method}&quot;, which has been broken for years; anybody on the way could read or change what is sent. Ask for one with aes-256-gcm.</source>
        <translation>链接使用的加密方法“{method}”早已被攻破；途中的任何人都可能读取或改动内容。请索取使用 aes-256-gcm 的链接。</translation>
    </message>
    <message>
        <source>For {method} the password of the link has to be a key of {expected} bytes in base64, and it is not. Ask for a new link.</source>
        <translation>使用 {method} 时，链接的密码必须是 base64 编码的 {expected} 字节密钥，但它不是。请索取新的链接。</translation>
    </message>
    <message>
        <source>The prefix of the link is no sequence of bytes. Ask for a new link.</source>
        <translation>链接的前缀不是字节序列。请索取新的链接。</translation>
    </message>
    <message>
        <source>The {kind} link has no user (UUID). Ask for a new link.</source>
        <translation>{kind} 链接没有用户（UUID）。请索取新的链接。</translation>
    </message>
    <message>
        <source>The user of the {kind} link is no UUID. Copy the whole link again, or ask for a new one.</source>
        <translation>{kind} 链接的用户不是 UUID。请重新复制整个链接，或索取新的链接。</translation>
    </message>
    <message>
        <source>What the {kind} link or file holds is no proper JSON. Copy it again as a whole.</source>
        <translation>{kind} 链接或文件的内容不是正确的 JSON。请重新完整复制。</translation>
    </message>
    <message>
        <source>The {kind} link or file has version {version}, which RelayTray does not know. Ask for an older form.</source>
        <translation>{kind} 链接或文件的版本是 {version}，RelayTray 不认识。请索取较旧的格式。</translation>
    </message>
    <message>
        <source>The entry &quot;{field}&quot; of the {kind} link or file cannot be used. Ask for a new one.</source>
        <translation>{kind} 链接或文件的“{field}”项无法使用。请索取新的。</translation>
    </message>
    <message>
        <source>The list has no servers in it.</source>
        <translation>列表里没有服务器。</translation>
    </message>
    <message>
        <source>The QR code holds no link of Shadowsocks, VMess or VLESS: it is for something else. Choose the picture of another code.</source>
        <translation>这个二维码中没有 Shadowsocks、VMess 或 VLESS 链接：它另有用途。请选择其他二维码的图片。</translation>
    </message>
    <message>
        <source>The ssconf:// link does not name an https address. Ask for a new link.</source>
        <translation>ssconf:// 链接写的不是 https 地址。请索取新的链接。</translation>
    </message>
    <message>
        <source>{method} is several times slower than {better} with most programs.</source>
        <translation>在多数程序中，{method} 比 {better} 慢数倍。</translation>
    </message>
    <message>
        <source>It says to send everything unencrypted. RelayTray encrypts all the same.</source>
        <translation>它要求不加密传输。RelayTray 仍会加密。</translation>
    </message>
    <message>
        <source>It only says where the access is kept, and RelayTray does not fetch it. Open the link&apos;s address, with https:// in place of ssconf://, in a browser, and paste what it shows.</source>
        <translation>它只指明访问信息存放的位置，RelayTray 不会去下载。请把链接开头的 ssconf:// 换成 https://，在浏览器中打开，再粘贴显示的内容。</translation>
    </message>
    <message>
        <source>It is not taken: it asks for the plugin &quot;{plugin}&quot;. RelayTray starts obfs-local and v2ray-plugin and no other, because a link from a stranger could name any program.</source>
        <translation>未导入：它要求使用插件“{plugin}”。RelayTray 只启动 obfs-local 和 v2ray-plugin，因为来历不明的链接可能指定任意程序。</translation>
    </message>
    <message>
        <source>It is not taken: it has the option &quot;{option}&quot; for {plugin}, which RelayTray does not hand on, because options of plugins can open ports and files of this computer. Ask for a link without it.</source>
        <translation>未导入：它为 {plugin} 指定了选项“{option}”，RelayTray 不会传递该选项，因为插件的选项可能打开本机的端口和文件。请索取一个不带该选项的链接。</translation>
    </message>
    <message>
        <source>It is not taken: it goes over {network}, and RelayTray goes over TCP or WebSocket. Ask for such a link.</source>
        <translation>未导入：它使用 {network} 传输，而 RelayTray 只支持 TCP 或 WebSocket。请索取使用这两种传输方式的链接。</translation>
    </message>
    <message>
        <source>It is not taken: it is secured by {security}, which RelayTray does not write configurations for. Ask for a link with TLS.</source>
        <translation>未导入：它使用 {security} 保护，RelayTray 不生成这种配置。请索取使用 TLS 的链接。</translation>
    </message>
    <message>
        <source>It is not taken: RelayTray does not know the flow &quot;{flow}&quot; on this way. Ask for a link without one, or with xtls-rprx-vision over TCP.</source>
        <translation>未导入：RelayTray 不支持在这种传输方式上使用流控（flow）“{flow}”。请索取不含流控的链接，或基于 TCP 并使用 xtls-rprx-vision 的链接。</translation>
    </message>
    <message>
        <source>It is not taken: VLESS without TLS and without an encryption of its own can be read by anybody on the way. Ask for a link with TLS.</source>
        <translation>未导入：没有 TLS、自身也不加密的 VLESS，途中任何人都能读取内容。请索取使用 TLS 的链接。</translation>
    </message>
    <message>
        <source>It is not taken: RelayTray knows VLESS encryption of the form mlkem768x25519plus.native.0rtt.KEY and its kin, with one key and nothing else. Ask for such a link, or for one with TLS.</source>
        <translation>未导入：RelayTray 只支持 mlkem768x25519plus.native.0rtt.密钥 这类只含一个密钥的 VLESS 加密形式。请索取这样的链接，或使用 TLS 的链接。</translation>
    </message>
    <message>
        <source>It is not taken: it says not to check the server&apos;s certificate, so anybody on the way could pose as the server. Ask for a link with the certificate&apos;s SHA-256 (pcs), or with a certificate that is valid.</source>
        <translation>未导入：它要求不检查服务器的证书，这样途中任何人都能冒充该服务器。请索取带有证书 SHA-256（pcs）的链接，或证书有效的链接。</translation>
    </message>
    <message>
        <source>It is not taken: its entry &quot;{field}&quot; has something in it that no program could use. Ask for a new link.</source>
        <translation>未导入：其中的“{field}”一项含有任何程序都无法使用的内容。请索取新的链接。</translation>
    </message>
    <message>
        <source>It needs the plugin &quot;{plugin}&quot; on this computer. It hides what the traffic is, no more.</source>
        <translation>这台电脑上需要插件“{plugin}”。它只是伪装流量，别无他用。</translation>
    </message>
    <message>
        <source>The encryption method[ &quot;{method}&quot;] of the link is not known. Ask for one with aes-256-gcm.</source>
        <translation>链接中的加密方法[“{method}”]无法识别。请索取使用 aes-256-gcm 的链接。</translation>
    </message>
    <message>
        <source>Outline does not know {method}. Give phones a port with chacha20-ietf-poly1305.</source>
        <translation>Outline 不支持 {method}。请为手机提供使用 chacha20-ietf-poly1305 的端口。</translation>
    </message>
    <message>
        <source>Outline ignores the plugin &quot;{plugin}&quot;, and then cannot connect. Give phones a port without one.</source>
        <translation>Outline 会忽略插件“{plugin}”，因而无法连接。请为手机提供不带插件的端口。</translation>
    </message>
    <message>
        <source>It has a prefix for Outline, which other programs leave out.</source>
        <translation>它带有 Outline 的前缀，其他程序会忽略。</translation>
    </message>
    <message>
        <source>It asks for the old form of VMess (alterId {value}), which today&apos;s programs refuse; it is used with 0.</source>
        <translation>它要求旧式 VMess（alterId {value}），如今的程序会拒绝；这里按 0 使用。</translation>
    </message>
    <message>
        <source>{host} is an address inside a private network: it works there only.</source>
        <translation>{host} 是专用网络内的地址：只在那个网络里有效。</translation>
    </message>
    <message>
        <source>Its password is short and can be guessed. Ask for one of 16 characters or more.</source>
        <translation>它的密码很短，可能被猜到。请索取 16 个字符以上的密码。</translation>
    </message>
</context>
<context>
    <name>LinksWindow</name>
    <message>
        <source>a picture</source>
        <translation>一张图片</translation>
    </message>
    <message>
        <source>Import links</source>
        <translation>导入链接</translation>
    </message>
    <message>
        <source>Import links and QR codes</source>
        <translation>导入链接和二维码</translation>
    </message>
    <message>
        <source>Paste links that begin with ss://, vmess:// or vless://, or drop a file or a picture of a QR code here. Nothing is stored before you have seen what is in it.</source>
        <translation>粘贴以 ss://、vmess:// 或 vless:// 开头的链接，也可以把文件或二维码图片拖到这里。在你看过内容之前，不会保存任何东西。</translation>
    </message>
    <message>
        <source>There is something of this kind in the clipboard.</source>
        <translation>剪贴板中有这样的内容。</translation>
    </message>
    <message>
        <source>Take it from there</source>
        <translation>从剪贴板读取</translation>
    </message>
    <message>
        <source>Links</source>
        <translation>链接</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Choose a file or picture...</source>
        <translation>选择文件或图片…</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Found in {source}:</source>
        <translation>在 {source} 中找到：</translation>
    </message>
    <message>
        <source>Number {number}: {what}</source>
        <translation>第 {number} 个：{what}</translation>
    </message>
    <message>
        <source>Choose a file with links, or a picture of a QR code</source>
        <translation>选择含有链接的文件或二维码图片</translation>
    </message>
</context>
<context>
    <name>LogWindow</name>
    <message>
        <source>Log of RelayTray</source>
        <translation>RelayTray 日志</translation>
    </message>
    <message>
        <source>Log lines</source>
        <translation>日志内容</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>What happens</source>
        <translation>一般信息</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Show only lines with...</source>
        <translation>只显示包含以下文字的行…</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟随最新</translation>
    </message>
    <message>
        <source>Secrets are masked. The file is in {folder}</source>
        <translation>敏感信息已隐去。日志文件在 {folder}</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Save...</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation>保存日志</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Demo of RelayTray</source>
        <translation>演示 - RelayTray</translation>
    </message>
    <message>
        <source>Demo: the relay and the GPU server run inside this program, with throw-away keys.</source>
        <translation>演示：跳板机和 GPU 服务器都在本程序内运行，使用一次性密钥。</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>GPU server...</source>
        <translation>GPU 服务器…</translation>
    </message>
    <message>
        <source>Relay...</source>
        <translation>跳板机…</translation>
    </message>
    <message>
        <source>New machine at Amazon Lightsail...</source>
        <translation>在 Amazon Lightsail 新建机器…</translation>
    </message>
    <message>
        <source>Shadowsocks server...</source>
        <translation>Shadowsocks 服务器…</translation>
    </message>
    <message>
        <source>From a link or QR code...</source>
        <translation>从链接或二维码…</translation>
    </message>
    <message>
        <source>From ssh config...</source>
        <translation>从 ssh 配置导入…</translation>
    </message>
    <message>
        <source>From a profile file...</source>
        <translation>从配置文件导入…</translation>
    </message>
    <message>
        <source>Disconnect all</source>
        <translation>全部断开</translation>
    </message>
    <message>
        <source>What costs money at Amazon...</source>
        <translation>亚马逊上的费用…</translation>
    </message>
    <message>
        <source>Export profiles...</source>
        <translation>导出配置…</translation>
    </message>
    <message>
        <source>Import profiles...</source>
        <translation>导入配置…</translation>
    </message>
    <message>
        <source>About RelayTray</source>
        <translation>关于 RelayTray</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Put this away</source>
        <translation>知道了，关闭提示</translation>
    </message>
</context>
<context>
    <name>NewKeyDialog</name>
    <message>
        <source>New key</source>
        <translation>新建密钥</translation>
    </message>
    <message>
        <source>Make the key</source>
        <translation>生成密钥</translation>
    </message>
    <message>
        <source>The private key stays on this computer. Its public half, the file beside it with .pub at the end, goes onto the machines that shall let you in.</source>
        <translation>私钥留在本机。公钥是它旁边以 .pub 结尾的文件，要放到允许你登录的机器上。</translation>
    </message>
    <message>
        <source>Ed25519: for every machine of the last ten years</source>
        <translation>Ed25519：适用于近十年的机器</translation>
    </message>
    <message>
        <source>RSA with 4096 bits: for older machines</source>
        <translation>RSA（4096 位）：适用于更旧的机器</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Choose where to keep the key</source>
        <translation>选择密钥的保存位置</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>Passphrase again</source>
        <translation>再次输入口令</translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation>两次输入还不一致。</translation>
    </message>
    <message>
        <source>Remember the passphrase in the system&apos;s keyring</source>
        <translation>把口令保存到系统密钥环</translation>
    </message>
    <message>
        <source>Make the key without a passphrase</source>
        <translation>生成不设口令的密钥</translation>
    </message>
    <message>
        <source>Whoever gets hold of the file, from a backup or a lost laptop, can then log in as you at once.</source>
        <translation>任何人一旦拿到这个文件（例如从备份或丢失的笔记本电脑中），就能立刻以你的身份登录。</translation>
    </message>
    <message>
        <source>Making the key...</source>
        <translation>正在生成密钥…</translation>
    </message>
    <message>
        <source>The key is made: {path}</source>
        <translation>密钥已生成：{path}</translation>
    </message>
    <message>
        <source>This disk keeps no rights, so other people of this computer can read the key and ssh refuses it. Make one on another disk.</source>
        <translation>这个磁盘不保存权限，这台电脑上的其他人也能读取密钥，ssh 会拒绝使用它。请在其他磁盘上生成。</translation>
    </message>
    <message>
        <source>This line is its public half. Paste it at the end of ~/.ssh/authorized_keys on the machine that shall let you in:</source>
        <translation>这一行是公钥。请把它粘贴到允许你登录的机器上 ~/.ssh/authorized_keys 的末尾：</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>The public half</source>
        <translation>公钥</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
</context>
<context>
    <name>Offer</name>
    <message>
        <source>Becomes a Shadowsocks server.</source>
        <translation>将成为一个 Shadowsocks 服务器。</translation>
    </message>
    <message>
        <source>Becomes a relay with a GPU server behind it, reached by {protocol}.</source>
        <translation>将成为一台跳板机和它后面的一台 GPU 服务器，通过 {protocol} 访问。</translation>
    </message>
</context>
<context>
    <name>OfferCards</name>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>You have it already, as {name}.</source>
        <translation>已经有了，名为 {name}。</translation>
    </message>
</context>
<context>
    <name>OtherEnds</name>
    <message>
        <source>{alias} is online: ssh {alias} works now.</source>
        <translation>{alias} 已上线：现在可以使用 ssh {alias}。</translation>
    </message>
</context>
<context>
    <name>PacDialog</name>
    <message>
        <source>My list (PAC)</source>
        <translation>我的列表（PAC）</translation>
    </message>
    <message>
        <source>Used while a Shadowsocks server works by this list. A name stands for all names below it, and the longer one wins. This computer and private networks are always reached directly.</source>
        <translation>当某个 Shadowsocks 服务器按此列表工作时使用。一个域名也代表它的所有子域名，更长的域名优先。本机和内网始终直接连接。</translation>
    </message>
    <message>
        <source>My names through Shadowsocks</source>
        <translation>经 Shadowsocks 访问的域名</translation>
    </message>
    <message>
        <source>My names directly</source>
        <translation>直接访问的域名</translation>
    </message>
    <message>
        <source>A GFWList file for names that are not mine (may be empty)</source>
        <translation>用于其他域名的 GFWList 文件（可不填）</translation>
    </message>
    <message>
        <source>Choose the list</source>
        <translation>选择列表文件</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>directly</source>
        <translation>直接连接</translation>
    </message>
    <message>
        <source>through Shadowsocks</source>
        <translation>经 Shadowsocks</translation>
    </message>
    <message>
        <source>All other names</source>
        <translation>其余所有域名</translation>
    </message>
    <message>
        <source>No names of machines or domains: {words} and {count} more.</source>
        <translation>不是主机名或域名：{words}，另有 {count} 个。</translation>
    </message>
    <message>
        <source>No names of machines or domains: {words}.</source>
        <translation>不是主机名或域名：{words}。</translation>
    </message>
    <message>
        <source>Names: {count}.</source>
        <translation>共 {count} 个域名。</translation>
    </message>
    <message>
        <source>In both lists, and so reached directly: {words}.</source>
        <translation>两边都有，因此直接访问：{words}。</translation>
    </message>
    <message>
        <source>Looking through the list...</source>
        <translation>正在查看列表…</translation>
    </message>
    <message>
        <source>Through Shadowsocks: {proxied} names. Directly: {direct}.</source>
        <translation>经 Shadowsocks：{proxied} 个域名；直接访问：{direct} 个。</translation>
    </message>
    <message>
        <source>Left out: {count} rules about parts of addresses, which browsers do not tell.</source>
        <translation>略过 {count} 条针对网址局部的规则，因为浏览器不会告知这部分内容。</translation>
    </message>
</context>
<context>
    <name>PinnedKeys</name>
    <message>
        <source>Pinned host keys</source>
        <translation>已固定的主机密钥</translation>
    </message>
    <message>
        <source>None yet.</source>
        <translation>还没有。</translation>
    </message>
    <message>
        <source>If the machine was reinstalled and you have compared its new fingerprint with its own console, you can remove the pinned keys. The next connection then asks again.</source>
        <translation>如果这台机器重装过，并且你已在它自己的控制台里核对过新的指纹，就可以移除已固定的密钥。下次连接时会重新询问。</translation>
    </message>
    <message>
        <source>I have checked that the machine was changed on purpose</source>
        <translation>我已确认这台机器是有意更换的</translation>
    </message>
    <message>
        <source>Remove the pinned keys</source>
        <translation>移除已固定的密钥</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>已移除</translation>
    </message>
</context>
<context>
    <name>PlacesList</name>
    <message>
        <source>Relays and servers</source>
        <translation>跳板机和服务器</translation>
    </message>
</context>
<context>
    <name>PortText</name>
    <message>
        <source>The SOCKS port of the relay &quot;{relay}&quot; is now {new}, no longer {old}.</source>
        <translation>跳板机“{relay}”的 SOCKS 端口现在是 {new}，不再是 {old}。</translation>
    </message>
    <message>
        <source>ssh, scp, rsync, git and the editors go by the name of the server: nothing needs to be done there.</source>
        <translation>ssh、scp、rsync、git 和编辑器按服务器名称连接：不需要做任何事。</translation>
    </message>
    <message>
        <source>WinSCP and PuTTY: open sessions anew from RelayTray, and write or export stored sites again.</source>
        <translation>WinSCP 和 PuTTY：请从 RelayTray 重新打开会话，并重新写入或导出已保存的站点。</translation>
    </message>
    <message>
        <source>Browsers and terminals that were given the proxy: reopen them with the new address, 127.0.0.1:{new}.</source>
        <translation>已设置该代理的浏览器和终端：请用新地址 127.0.0.1:{new} 重新打开。</translation>
    </message>
    <message>
        <source>The plain ssh port of {alias} is now {new}, no longer {old}.</source>
        <translation>{alias} 的直连 ssh 端口现在是 {new}，不再是 {old}。</translation>
    </message>
    <message>
        <source>FileZilla, Cyberduck and other programs that were given this port: import the site of {alias} again and remove the old one.</source>
        <translation>FileZilla、Cyberduck 等使用该端口的程序：请重新导入 {alias} 的站点，并删除旧的站点。</translation>
    </message>
    <message>
        <source>{alias} has no plain ssh port any more; it was {old}. FileZilla, Cyberduck and sftp:// links that use it stop working.</source>
        <translation>{alias} 不再有直连 ssh 端口（原来是 {old}）。使用它的 FileZilla、Cyberduck 和 sftp:// 链接将无法工作。</translation>
    </message>
    <message>
        <source>The forward to {target} of {alias} is now at port {new}, no longer {old}: reopen the pages and programs that use it at 127.0.0.1:{new}.</source>
        <translation>{alias} 通往 {target} 的端口转发现在是端口 {new}，不再是 {old}：请在 127.0.0.1:{new} 重新打开使用它的网页和程序。</translation>
    </message>
    <message>
        <source>The forward to {target} of {alias} at port {old} is gone. Pages and programs that use it stop working.</source>
        <translation>{alias} 在端口 {old} 上通往 {target} 的端口转发已取消。使用它的网页和程序将无法工作。</translation>
    </message>
    <message>
        <source>The local port of the Shadowsocks server {alias} is now {new}, no longer {old}. Programs that were given the old one need the new address, 127.0.0.1:{new}.</source>
        <translation>Shadowsocks 服务器 {alias} 的本地端口现在是 {new}，不再是 {old}。已设置为旧端口的程序需要改用新地址 127.0.0.1:{new}。</translation>
    </message>
    <message>
        <source>Connections that are already open through port {old} go on until they are closed; new ones are refused there.</source>
        <translation>已经通过端口 {old} 打开的连接会一直保持到关闭为止；新的连接会被拒绝。</translation>
    </message>
    <message>
        <source>Port {old} now belongs to {other}: a program that still uses it ends up there. Connections that are already open go on until they are closed.</source>
        <translation>端口 {old} 现在属于 {other}：仍在使用它的程序会连到那里。已经打开的连接会一直保持到关闭为止。</translation>
    </message>
</context>
<context>
    <name>ProblemText</name>
    <message>
        <source>This is needed. Please fill it in.</source>
        <translation>必填，请填写。</translation>
    </message>
    <message>
        <source>Too long. Use at most {limit} characters.</source>
        <translation>太长了，最多 {limit} 个字符。</translation>
    </message>
    <message>
        <source>No spaces are allowed here. Remove them.</source>
        <translation>这里不能有空格，请去掉。</translation>
    </message>
    <message>
        <source>This must not begin with a dash: ssh would take it for an option. Remove the dash.</source>
        <translation>不能以短横线开头：ssh 会把它当作选项。请去掉短横线。</translation>
    </message>
    <message>
        <source>There is a line break, tab or other invisible character in it. Type it anew.</source>
        <translation>其中有换行、制表符或其他看不见的字符。请重新输入。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is not a host. Write only a name or an address, such as relay.example.org; the port and the user have fields of their own.</source>
        <translation>“{value}”不是主机。只填名称或地址，例如 relay.example.org；端口和用户有各自的字段。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; has characters that ssh does not accept in a user name. Check its spelling.</source>
        <translation>“{value}”含有 ssh 不接受的用户名字符。请检查拼写。</translation>
    </message>
    <message>
        <source>{value} is not a port. Choose a number from 1 to 65535.</source>
        <translation>{value} 不是端口。请填 1 到 65535 之间的数字。</translation>
    </message>
    <message>
        <source>{value} does not fit. Choose a number from {low} to {high}.</source>
        <translation>{value} 不合适。请填 {low} 到 {high} 之间的数字。</translation>
    </message>
    <message>
        <source>The name &quot;{name}&quot; is already used. Choose a different one.</source>
        <translation>名称“{name}”已被使用。请换一个。</translation>
    </message>
    <message>
        <source>Use small letters a-z, digits, dots, dashes and underscores, beginning with a letter or digit: &quot;{example}&quot;.</source>
        <translation>请使用小写字母 a-z、数字、点、短横线和下划线，并以字母或数字开头：“{example}”。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; already means something else to programs. Choose a name such as &quot;lab-gpu&quot;.</source>
        <translation>“{value}”对程序来说另有含义。请换一个名称，例如“lab-gpu”。</translation>
    </message>
    <message>
        <source>Choose the private key file, or another way to log in.</source>
        <translation>请选择私钥文件，或换一种登录方式。</translation>
    </message>
    <message>
        <source>Port {port} is already used by {other}. Choose a different port.</source>
        <translation>端口 {port} 已被 {other} 使用。请换一个端口。</translation>
    </message>
    <message>
        <source>The traffic of this relay already leaves at &quot;{other}&quot;, and only one server can be its exit. Change that server first, or choose the relay as the exit.</source>
        <translation>这台跳板机的流量已经从“{other}”出去，只能有一台服务器作为它的出口。请先修改那台服务器，或选择跳板机作为出口。</translation>
    </message>
    <message>
        <source>Choose the relay that leads to this server.</source>
        <translation>请选择通往这台服务器的跳板机。</translation>
    </message>
    <message>
        <source>Programs cannot send this name. Choose a shorter one without a colon.</source>
        <translation>程序无法发送这个名称。请换一个较短且不含冒号的名称。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is not one of the choices. Choose one of: {choices}.</source>
        <translation>“{value}”不在可选项中。请从中选择：{choices}。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is not a line of an ssh config. Write a keyword and its value, such as &quot;LogLevel ERROR&quot;.</source>
        <translation>“{value}”不是 ssh 配置的一行。请写关键字和它的值，例如“LogLevel ERROR”。</translation>
    </message>
    <message>
        <source>{keyword} is set by RelayTray and cannot be given here. Remove that line; the profile has a field for what can be changed.</source>
        <translation>{keyword} 由 RelayTray 设置，不能写在这里。请删除这一行；可以修改的内容在配置中有单独的字段。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; does not name a permission on a relay: that has eight small letters or digits. Set the relay up again, or copy a new line for the server.</source>
        <translation>“{value}”不是跳板机上许可的名称：它应为八个小写字母或数字。请重新设置跳板机，或为服务器复制一条新的一键命令。</translation>
    </message>
    <message>
        <source>This is no certificate in PEM form. Copy the relay&apos;s certificate, from its BEGIN line to its END line.</source>
        <translation>这不是 PEM 格式的证书。请复制跳板机的证书，从 BEGIN 行到 END 行。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is no path of a web server. Begin it with &quot;/&quot;.</source>
        <translation>“{value}”不是网站服务器的路径。请以“/”开头。</translation>
    </message>
    <message>
        <source>This is no public key of an Xray relay: that has 43 letters, digits, - and _. Copy it from the relay.</source>
        <translation>这不是 Xray 跳板机的公钥：公钥由 43 个字母、数字、- 和 _ 组成。请从跳板机复制。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; cannot name a server on a relay. Use small letters, digits and -, at most 40 of them.</source>
        <translation>“{value}”不能作为跳板机上服务器的名字。请使用小写字母、数字和 -，最多 40 个。</translation>
    </message>
    <message>
        <source>This is no user id: that is a UUID, 32 digits and letters from a to f in five groups with dashes between them. Copy it from the relay&apos;s v2ray.</source>
        <translation>这不是用户 ID：用户 ID 是 UUID，由 32 个数字或字母 a 到 f 组成，分五组并以短横线相连。请从跳板机的 v2ray 复制。</translation>
    </message>
    <message>
        <source>The encryption method &quot;{value}&quot; has been broken for years: anybody on the way could read or change what is sent. Choose one of these: {choices}.</source>
        <translation>加密方法“{value}”多年前就已被攻破：途中的任何人都能读取或篡改数据。请选择以下方法之一：{choices}。</translation>
    </message>
    <message>
        <source>RelayTray starts no plugin named &quot;{value}&quot;. Leave it empty, or choose one of these: {choices}.</source>
        <translation>RelayTray 不启动名为“{value}”的插件。请留空，或选择以下插件之一：{choices}。</translation>
    </message>
    <message>
        <source>RelayTray does not hand the option &quot;{value}&quot; on to the plugin. It knows these: {choices}.</source>
        <translation>RelayTray 不会把选项“{value}”传递给插件。可用的选项有：{choices}。</translation>
    </message>
    <message>
        <source>Without port {value} nothing reaches the server&apos;s sshd by v2ray. Add it to the ports.</source>
        <translation>没有端口 {value}，就无法经 v2ray 到达服务器的 sshd。请把它加入端口列表。</translation>
    </message>
    <message>
        <source>A route is named twice. Name each route once, the best one first.</source>
        <translation>同一条路由写了两次。每条路由只写一次，最好的在前。</translation>
    </message>
    <message>
        <source>There is no v2ray route to this server. Set one up at its relay first, or choose SSH.</source>
        <translation>没有通往这台服务器的 v2ray 路由。请先在它的跳板机上设置，或选择 SSH。</translation>
    </message>
    <message>
        <source>Its relay has no SSH login, so the server is reached by v2ray only. Take the SSH route out, or fill in the relay&apos;s user.</source>
        <translation>它的跳板机没有 SSH 登录账户，因此只能经由 v2ray 访问这台服务器。请去掉 SSH 路由，或填写跳板机的用户名。</translation>
    </message>
    <message>
        <source>This is no SHA-256 fingerprint: 64 digits and letters from a to f, without colons.</source>
        <translation>这不是 SHA-256 指纹：应为 64 位数字和 a 到 f 的字母，不含冒号。</translation>
    </message>
    <message>
        <source>&quot;{value}&quot; is no form of encryption that Xray knows. Write native.0rtt, or copy it from the link.</source>
        <translation>“{value}”不是 Xray 支持的加密形式。请填写 native.0rtt，或从链接中复制。</translation>
    </message>
</context>
<context>
    <name>ProxyDetail</name>
    <message>
        <source>Off. Nothing goes through it until you press Connect.</source>
        <translation>未连接。点击“连接”之前，没有任何流量经过它。</translation>
    </message>
    <message>
        <source>Starting...</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Not connected. This system&apos;s proxy still leads to it, so that nothing goes another way unseen.</source>
        <translation>未连接。系统代理仍指向它，以免流量在你不知情时走了别的路。</translation>
    </message>
    <message>
        <source>Not connected.</source>
        <translation>未连接。</translation>
    </message>
    <message>
        <source>Connected: programs that use {address} go through it.</source>
        <translation>已连接：使用 {address} 的程序经它访问网络。</translation>
    </message>
    <message>
        <source>Connected, but this system&apos;s proxy is not set: only {address} leads through it.</source>
        <translation>已连接，但系统代理没有设置：只有使用 {address} 的程序经过它。</translation>
    </message>
    <message>
        <source>Connected: this system&apos;s proxy follows your list.</source>
        <translation>已连接：系统代理按你的列表工作。</translation>
    </message>
    <message>
        <source>Connected: this system&apos;s proxy sends everything through it.</source>
        <translation>已连接：系统代理让全部流量经过它。</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>改用端口 {port}</translation>
    </message>
    <message>
        <source>Edit this server...</source>
        <translation>编辑这个服务器…</translation>
    </message>
    <message>
        <source>Choose the program...</source>
        <translation>选择程序…</translation>
    </message>
    <message>
        <source>Programs that you tell {address} as their SOCKS5 or HTTP proxy. Nothing else on this computer changes.</source>
        <translation>只有你把 {address} 设为 SOCKS5 或 HTTP 代理的程序会使用它。电脑上的其他设置都不变。</translation>
    </message>
    <message>
        <source>While it is connected, this system&apos;s proxy is set: browsers and whatever else follows it reach everything through it but this computer and private networks. {put_back}</source>
        <translation>连接期间会设置系统代理：浏览器等遵循系统代理的程序经它访问一切，本机和内网除外。{put_back}</translation>
    </message>
    <message>
        <source>Edit my list...</source>
        <translation>编辑我的列表…</translation>
    </message>
    <message>
        <source>It is put back as it was when you disconnect, choose otherwise or quit RelayTray. {by_hand}</source>
        <translation>断开、改选其他方式或退出 RelayTray 时，系统代理会恢复原样。{by_hand}</translation>
    </message>
    <message>
        <source>Who uses it</source>
        <translation>谁使用它</translation>
    </message>
    <message>
        <source>While it is connected, this system&apos;s proxy is set: browsers and whatever else follows it reach all names through it but those that your list leaves out, and private networks. {put_back}</source>
        <translation>连接期间会设置系统代理：浏览器等遵循系统代理的程序经它访问所有域名，列表中排除的域名和内网除外。{put_back}</translation>
    </message>
    <message>
        <source>While it is connected, this system&apos;s proxy is set: browsers and whatever else follows it reach the names of your list through it, and all others directly. {put_back}</source>
        <translation>连接期间会设置系统代理：浏览器等遵循系统代理的程序经它访问列表中的域名，其余域名直接访问。{put_back}</translation>
    </message>
    <message>
        <source>SOCKS5 and HTTP proxy</source>
        <translation>SOCKS5 和 HTTP 代理</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>加密方法</translation>
    </message>
    <message>
        <source>Plugin</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>Runs on your relay</source>
        <translation>运行在你的跳板机</translation>
    </message>
    <message>
        <source>For phones</source>
        <translation>供手机使用</translation>
    </message>
    <message>
        <source>Outline and Shadowsocks on phones can use it: show its QR code.</source>
        <translation>手机上的 Outline 和 Shadowsocks 可以使用它：请显示它的二维码。</translation>
    </message>
    <message>
        <source>Show QR code for a phone...</source>
        <translation>显示给手机用的二维码…</translation>
    </message>
</context>
<context>
    <name>QrWindow</name>
    <message>
        <source>QR code of {name}</source>
        <translation>{name} 的二维码</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Asking the keyring for its password...</source>
        <translation>正在从密钥环读取它的密码…</translation>
    </message>
    <message>
        <source>On the same relay, {name} is made for phones.</source>
        <translation>同一台跳板机上的 {name} 是专为手机准备的。</translation>
    </message>
    <message>
        <source>Show that one</source>
        <translation>显示那一个</translation>
    </message>
    <message>
        <source>Whoever has this picture or the link can use the server. Show it to nobody else.</source>
        <translation>任何人拿到这张图片或链接，都能使用这个服务器。不要给别人看。</translation>
    </message>
    <message>
        <source>Copy link</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Save picture...</source>
        <translation>保存图片…</translation>
    </message>
    <message>
        <source>Scan it with Outline (iPhone, Android) or Shadowsocks (Android).</source>
        <translation>用 Outline（iPhone、Android）或 Shadowsocks（Android）扫描。</translation>
    </message>
    <message>
        <source>Scan it with Shadowsocks (Android).</source>
        <translation>用 Shadowsocks（Android）扫描。</translation>
    </message>
    <message>
        <source>The phone needs the plugin {plugin} as well.</source>
        <translation>手机上也需要安装插件 {plugin}。</translation>
    </message>
    <message>
        <source>Hide link</source>
        <translation>隐藏链接</translation>
    </message>
    <message>
        <source>Show link</source>
        <translation>显示链接</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>链接</translation>
    </message>
    <message>
        <source>Copied. Whoever gets this link can use the server: clear the clipboard afterwards.</source>
        <translation>已复制。任何人拿到这个链接都能使用该服务器，用完后请清空剪贴板。</translation>
    </message>
    <message>
        <source>Save the QR code</source>
        <translation>保存二维码</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Saved as {path}. Delete it when it has been scanned.</source>
        <translation>已保存为 {path}。扫描之后请删除它。</translation>
    </message>
</context>
<context>
    <name>RelayEditor</name>
    <message>
        <source>Add a relay</source>
        <translation>添加跳板机</translation>
    </message>
    <message>
        <source>Edit the relay {name}</source>
        <translation>编辑跳板机 {name}</translation>
    </message>
    <message>
        <source>A relay is a machine of your own that your computer and the GPU server can both reach by ssh, for example a small cloud server.</source>
        <translation>跳板机是你自己的一台机器，你的电脑和 GPU 服务器都能用 ssh 连到它，例如一台小型云服务器。</translation>
    </message>
    <message>
        <source>v2ray or Xray</source>
        <translation>v2ray 或 Xray</translation>
    </message>
    <message>
        <source>my-relay</source>
        <translation>my-relay</translation>
    </message>
    <message>
        <source>relay.example.org or 203.0.113.7</source>
        <translation>relay.example.org 或 203.0.113.7</translation>
    </message>
    <message>
        <source>Private key file</source>
        <translation>私钥文件</translation>
    </message>
    <message>
        <source>Keys of the ssh agent</source>
        <translation>ssh agent 中的密钥</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Whatever the relay asks (one-time codes)</source>
        <translation>按跳板机的询问作答（一次性验证码）</translation>
    </message>
    <message>
        <source>Choose the private key file</source>
        <translation>选择私钥文件</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>What you call it here.</source>
        <translation>在这里怎么称呼它。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>ssh port</source>
        <translation>ssh 端口</translation>
    </message>
    <message>
        <source>Empty where you have no login: its servers are then reached by v2ray only.</source>
        <translation>没有登录账户时留空：此时只能经 v2ray 到达它的服务器。</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Log in with</source>
        <translation>登录方式</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>The key stays where it is.</source>
        <translation>密钥留在原处，不会被复制。</translation>
    </message>
    <message>
        <source>Connect when RelayTray starts</source>
        <translation>RelayTray 启动时连接</translation>
    </message>
    <message>
        <source>Send small packets at once</source>
        <translation>小数据包立即发送</translation>
    </message>
    <message>
        <source> min</source>
        <translation> 分钟</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>Choose the certificate</source>
        <translation>选择证书</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>不变</translation>
    </message>
    <message>
        <source>Programs on this computer use 127.0.0.1 and this port.</source>
        <translation>本机的程序使用 127.0.0.1 和这个端口。</translation>
    </message>
    <message>
        <source>SOCKS port</source>
        <translation>SOCKS 端口</translation>
    </message>
    <message>
        <source>Close when unused for</source>
        <translation>闲置多久后关闭</translation>
    </message>
    <message>
        <source>Keepalive every</source>
        <translation>保活间隔</translation>
    </message>
    <message>
        <source>Makes typing quicker. For that each connection has the relay run one command: exit, or the forced command of your key if it has one. Turn it off if that must not run at each login.</source>
        <translation>让输入更跟手。为此每次连接会让跳板机执行一个命令：exit，或你的密钥所绑定的强制命令（如果有）。如果那个命令不该在每次登录时运行，请关闭此项。</translation>
    </message>
    <message>
        <source>Leave it empty to use &lt;key file&gt;-cert.pub where there is one.</source>
        <translation>留空则使用 &lt;密钥文件&gt;-cert.pub（如果存在）。</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>证书</translation>
    </message>
    <message>
        <source>Leave it empty to let every program on this computer use the port without a password.</source>
        <translation>留空则本机任何程序都可以不用密码使用这个端口。</translation>
    </message>
    <message>
        <source>SOCKS user</source>
        <translation>SOCKS 用户</translation>
    </message>
    <message>
        <source>SOCKS password</source>
        <translation>SOCKS 密码</translation>
    </message>
</context>
<context>
    <name>RemoveRelayDialog</name>
    <message>
        <source>Remove the relay {name}?</source>
        <translation>要移除跳板机 {name} 吗？</translation>
    </message>
    <message>
        <source>It goes from RelayTray&apos;s list.</source>
        <translation>它将从 RelayTray 的列表中消失。</translation>
    </message>
    <message>
        <source>First take away what RelayTray set up on the machine</source>
        <translation>先撤除 RelayTray 在这台机器上的设置</translation>
    </message>
    <message>
        <source>You see what would go before anything is changed.</source>
        <translation>在更改任何东西之前，你会看到将撤除什么。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
</context>
<context>
    <name>RemoveServerDialog</name>
    <message>
        <source>Remove the GPU server {alias}?</source>
        <translation>要移除 GPU 服务器 {alias} 吗？</translation>
    </message>
    <message>
        <source>It goes from RelayTray&apos;s list.</source>
        <translation>它将从 RelayTray 的列表中消失。</translation>
    </message>
    <message>
        <source>Also take away what its line left on the relay and on the server</source>
        <translation>同时撤除一键命令在跳板机和服务器上留下的东西</translation>
    </message>
    <message>
        <source>On {relay} its permission ends; on the server its tunnel, its key and yours go, if it can be reached now.</source>
        <translation>在 {relay} 上它的许可失效；如果现在能连到服务器，那里的隧道、它的密钥和你的公钥也会撤除。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Or paste this into the server&apos;s web terminal:</source>
        <translation>或者把这条命令粘贴到服务器的网页终端：</translation>
    </message>
    <message>
        <source>The line that takes it away</source>
        <translation>用于撤除的命令</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>It is removed from RelayTray. This was left behind:</source>
        <translation>它已从 RelayTray 中移除。以下内容未能撤除：</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Removing...</source>
        <translation>正在移除…</translation>
    </message>
</context>
<context>
    <name>RouteDeeds</name>
    <message>
        <source>{alias} can be reached by v2ray now.</source>
        <translation>现在可以经 v2ray 到达 {alias}。</translation>
    </message>
    <message>
        <source>{alias} is not reached by v2ray any more.</source>
        <translation>不再经 v2ray 到达 {alias}。</translation>
    </message>
</context>
<context>
    <name>RouteDialog</name>
    <message>
        <source>{alias} by v2ray as well</source>
        <translation>也经 v2ray 到达 {alias}</translation>
    </message>
    <message>
        <source>RelayTray logs in at {relay} and lets this computer reach {alias} by the v2ray there: the ports below, with a user id of its own, which goes into your keyring. SSH stays as it is.</source>
        <translation>RelayTray 会登录 {relay}，允许这台电脑经那里的 v2ray 到达 {alias}：仅限下面的端口，使用单独的用户 ID，并存入你的钥匙串。SSH 保持不变。</translation>
    </message>
    <message>
        <source>Set it up</source>
        <translation>开始设置</translation>
    </message>
    <message>
        <source>{alias} not by v2ray any more</source>
        <translation>不再经 v2ray 到达 {alias}</translation>
    </message>
    <message>
        <source>RelayTray logs in at {relay} and takes back what it allowed: this computer&apos;s user id opens nothing there from then on, and is forgotten here. SSH stays as it is.</source>
        <translation>RelayTray 会登录 {relay} 并收回许可：这台电脑的用户 ID 从此在那里失效，并从本机删除。SSH 保持不变。</translation>
    </message>
    <message>
        <source>Take it away</source>
        <translation>收回许可</translation>
    </message>
    <message>
        <source>22 is the sshd of {alias}; port forwards go through it. More ports need a v2ray bridge on the server, which its bootstrap line offers.</source>
        <translation>22 是 {alias} 的 sshd，端口转发都经过它。更多端口需要服务器上有 v2ray 桥接，它的一键命令可以提供。</translation>
    </message>
    <message>
        <source>Ports</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>RoutesField</name>
    <message>
        <source>Add SSH</source>
        <translation>添加 SSH</translation>
    </message>
    <message>
        <source>Add v2ray</source>
        <translation>添加 v2ray</translation>
    </message>
    <message>
        <source>SSH: the server&apos;s tunnel at the relay</source>
        <translation>SSH：服务器在跳板机上的隧道</translation>
    </message>
    <message>
        <source>v2ray: the relay&apos;s v2ray or Xray</source>
        <translation>v2ray：跳板机的 v2ray 或 Xray</translation>
    </message>
</context>
<context>
    <name>RoutesForm</name>
    <message>
        <source>The first one is taken. When it fails the next one is, and the first one again when it works.</source>
        <translation>优先使用第一种；它失效时改用下一种，恢复后再换回第一种。</translation>
    </message>
    <message>
        <source>Ways to it</source>
        <translation>到达方式</translation>
    </message>
    <message>
        <source>the relay hands on to the tunnel port (ssh -R)</source>
        <translation>由跳板机转到隧道端口（ssh -R）</translation>
    </message>
    <message>
        <source>a v2ray on the server itself (bridge)</source>
        <translation>服务器自己运行 v2ray（桥接）</translation>
    </message>
    <message>
        <source>How the relay&apos;s v2ray reaches the server. The relay decides it; this is for you.</source>
        <translation>跳板机的 v2ray 如何到达服务器。这由跳板机决定，此处仅供你查看。</translation>
    </message>
    <message>
        <source>By v2ray</source>
        <translation>经 v2ray</translation>
    </message>
    <message>
        <source>Ports of the server that the relay lets through by v2ray. 22 is its sshd.</source>
        <translation>跳板机允许经 v2ray 到达的服务器端口。22 是它的 sshd。</translation>
    </message>
    <message>
        <source>Ports by v2ray</source>
        <translation>v2ray 端口</translation>
    </message>
    <message>
        <source>as here</source>
        <translation>与此处相同</translation>
    </message>
    <message>
        <source>What the relay&apos;s v2ray calls the server, if not as it is called here.</source>
        <translation>跳板机的 v2ray 中这台服务器的名称，仅在与此处不同时填写。</translation>
    </message>
    <message>
        <source>Name there</source>
        <translation>那边的名称</translation>
    </message>
    <message>
        <source>not known yet</source>
        <translation>尚未知道</translation>
    </message>
    <message>
        <source>This computer&apos;s user id (UUID) there: it lets whoever has it in, so it is kept in the keyring and never shown. The relay&apos;s set-up fills it in by itself.</source>
        <translation>这台电脑在那里的用户 ID（UUID）：任何人拿到它就能进入，因此它只存放在钥匙串中，从不显示。跳板机的设置流程会自动填好。</translation>
    </message>
    <message>
        <source>User id</source>
        <translation>用户 ID</translation>
    </message>
    <message>
        <source>stored in the keyring; unchanged</source>
        <translation>已存入钥匙串；不更改</translation>
    </message>
</context>
<context>
    <name>SecretDialog</name>
    <message>
        <source>Passphrase of the key</source>
        <translation>密钥口令</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>{profile} needs the passphrase of the key file {subject}.</source>
        <translation>{profile} 需要密钥文件 {subject} 的口令。</translation>
    </message>
    <message>
        <source>{profile} asks for the password of {subject}.</source>
        <translation>{profile} 要求输入 {subject} 的密码。</translation>
    </message>
    <message>
        <source>The last one did not fit. Please try again.</source>
        <translation>上次输入的不对，请重试。</translation>
    </message>
    <message>
        <source>Remember it in the system&apos;s keyring</source>
        <translation>记住到系统密钥环</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Unticked, it is kept until RelayTray quits. It is never written to a file.</source>
        <translation>不勾选时只保留到 RelayTray 退出。绝不会写入文件。</translation>
    </message>
    <message>
        <source>There is no usable keyring: it is kept until RelayTray quits.</source>
        <translation>没有可用的密钥环：只保留到 RelayTray 退出。</translation>
    </message>
</context>
<context>
    <name>SecretField</name>
    <message>
        <source>Show or hide it</source>
        <translation>显示或隐藏</translation>
    </message>
</context>
<context>
    <name>SecretsList</name>
    <message>
        <source>Asking the keyring...</source>
        <translation>正在询问密钥环……</translation>
    </message>
    <message>
        <source>There is no usable keyring: secrets are kept until RelayTray quits.</source>
        <translation>没有可用的密钥环：机密只保留到 RelayTray 退出。</translation>
    </message>
    <message>
        <source>They are kept by {backend}, and nowhere else.</source>
        <translation>由 {backend} 保管，别处没有。</translation>
    </message>
    <message>
        <source>Nothing is remembered.</source>
        <translation>没有记住任何内容。</translation>
    </message>
    <message>
        <source>Passphrase of {subject}</source>
        <translation>{subject} 的口令</translation>
    </message>
    <message>
        <source>Password of {subject}</source>
        <translation>{subject} 的密码</translation>
    </message>
    <message>
        <source>SOCKS password of {subject}</source>
        <translation>{subject} 的 SOCKS 密码</translation>
    </message>
    <message>
        <source>Password of the Shadowsocks server {subject}</source>
        <translation>Shadowsocks 服务器 {subject} 的密码</translation>
    </message>
    <message>
        <source>User id of the v2ray route to {subject}</source>
        <translation>到 {subject} 的 v2ray 路由的用户 ID</translation>
    </message>
    <message>
        <source>Forget it</source>
        <translation>忘记</translation>
    </message>
    <message>
        <source>Forget: {what}</source>
        <translation>忘记：{what}</translation>
    </message>
</context>
<context>
    <name>ServerEditor</name>
    <message>
        <source>Edit the GPU server {alias}</source>
        <translation>编辑 GPU 服务器 {alias}</translation>
    </message>
    <message>
        <source>Add a GPU server</source>
        <translation>添加 GPU 服务器</translation>
    </message>
    <message>
        <source>The GPU server keeps a tunnel open to the relay (ssh -R). Ask the owner of the server before you open a tunnel to it.</source>
        <translation>GPU 服务器会保持一条通往跳板机的隧道（ssh -R）。在建立隧道之前，请先征得服务器所有者的同意。</translation>
    </message>
    <message>
        <source>Choose the private key file</source>
        <translation>选择私钥文件</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>The name you give to ssh and VS Code: ssh lab-gpu</source>
        <translation>在 ssh 和 VS Code 中使用的名称：ssh lab-gpu</translation>
    </message>
    <message>
        <source>Relay</source>
        <translation>跳板机</translation>
    </message>
    <message>
        <source>The port of the relay at which the server&apos;s tunnel ends: the number in ssh -R.</source>
        <translation>服务器的隧道在跳板机上的端口，即 ssh -R 中的那个数字。</translation>
    </message>
    <message>
        <source>Tunnel port</source>
        <translation>隧道端口</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Your account on the GPU server.</source>
        <translation>你在 GPU 服务器上的账号。</translation>
    </message>
    <message>
        <source>Ways to this server</source>
        <translation>到达这台服务器的方式</translation>
    </message>
    <message>
        <source>Your account on the GPU server. Its line fills it in, if it is empty here.</source>
        <translation>你在 GPU 服务器上的账号。如果留空，一键命令会自动填入。</translation>
    </message>
    <message>
        <source>Leave it empty to use the ssh agent or your usual keys.</source>
        <translation>留空则使用 ssh agent 或你平常的密钥。</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>at the relay</source>
        <translation>跳板机</translation>
    </message>
    <message>
        <source>at this GPU server</source>
        <translation>这台 GPU 服务器</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Folder on the server</source>
        <translation>服务器上的目录</translation>
    </message>
    <message>
        <source>Where the traffic of programs that use the SOCKS port leaves, for addresses that are none of your servers.</source>
        <translation>程序通过 SOCKS 端口访问不属于你的服务器的地址时，流量从哪里出去。</translation>
    </message>
    <message>
        <source>Exit</source>
        <translation>出口</translation>
    </message>
    <message>
        <source>For programs that know no proxy: 127.0.0.1 and this port is the server&apos;s ssh.</source>
        <translation>给不支持代理的程序用：127.0.0.1 加这个端口就是服务器的 ssh。</translation>
    </message>
    <message>
        <source>Plain ssh port</source>
        <translation>直连 ssh 端口</translation>
    </message>
    <message>
        <source>For example 8888 for Jupyter and 6006 for TensorBoard.</source>
        <translation>例如 Jupyter 用 8888，TensorBoard 用 6006。</translation>
    </message>
    <message>
        <source>Port forwards</source>
        <translation>端口转发</translation>
    </message>
    <message>
        <source>As the relay sees it; nearly always 127.0.0.1.</source>
        <translation>从跳板机看到的地址，几乎总是 127.0.0.1。</translation>
    </message>
    <message>
        <source>Tunnel address</source>
        <translation>隧道地址</translation>
    </message>
    <message>
        <source>For WinSCP. SFTP does more; choose SCP where the server offers no SFTP.</source>
        <translation>用于 WinSCP。SFTP 功能更多；服务器不提供 SFTP 时请选择 SCP。</translation>
    </message>
    <message>
        <source>File transfer</source>
        <translation>文件传输</translation>
    </message>
    <message>
        <source>Compress what is sent</source>
        <translation>压缩传输的数据</translation>
    </message>
    <message>
        <source>Helps on slow networks only; on fast ones it makes copying slower.</source>
        <translation>只在网络慢时有用；网络快时反而会使复制变慢。</translation>
    </message>
    <message>
        <source>Compression</source>
        <translation>压缩</translation>
    </message>
    <message>
        <source>Show windows of its programs here</source>
        <translation>在这里显示服务器程序的窗口</translation>
    </message>
    <message>
        <source>This computer needs an X server, such as VcXsrv on Windows or XQuartz on macOS.</source>
        <translation>这台电脑需要一个 X 服务器，例如 Windows 上的 VcXsrv 或 macOS 上的 XQuartz。</translation>
    </message>
    <message>
        <source>X11</source>
        <translation>X11</translation>
    </message>
    <message>
        <source>Let the server use this computer&apos;s ssh agent</source>
        <translation>允许服务器使用这台电脑的 ssh agent</translation>
    </message>
    <message>
        <source>While you are logged in, whoever is administrator on the server can log in elsewhere with your keys. Choose it only for servers that you trust.</source>
        <translation>在你登录期间，服务器的管理员可以用你的密钥登录其他机器。只对你信任的服务器选择此项。</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>ssh agent</translation>
    </message>
    <message>
        <source>More lines for this server in the ssh config, one option a line.</source>
        <translation>这台服务器在 ssh 配置中的更多内容，每行一个选项。</translation>
    </message>
    <message>
        <source>ssh options</source>
        <translation>ssh 选项</translation>
    </message>
</context>
<context>
    <name>SetUp</name>
    <message>
        <source>Take the set-up of {relay} away</source>
        <translation>撤除 {relay} 的设置</translation>
    </message>
    <message>
        <source>Set up {relay}</source>
        <translation>设置 {relay}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>以后再说</translation>
    </message>
    <message>
        <source>Look at the machine</source>
        <translation>查看这台机器</translation>
    </message>
    <message>
        <source>RelayTray logs in once and makes ready what GPU servers and computers need there. First it only looks and shows you what it would change.</source>
        <translation>RelayTray 登录一次，准备好 GPU 服务器和电脑在那里需要的一切。它先只查看，并告诉你将更改什么。</translation>
    </message>
    <message>
        <source>Logging in at {host} as {user} and looking. Nothing is changed by that.</source>
        <translation>正在以 {user} 身份登录 {host} 并查看。这不会更改任何东西。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Set it up</source>
        <translation>开始设置</translation>
    </message>
    <message>
        <source>Take it all away</source>
        <translation>全部撤除</translation>
    </message>
    <message>
        <source>{system}, with root.</source>
        <translation>{system}，有 root 权限。</translation>
    </message>
    <message>
        <source>{system}, without root.</source>
        <translation>{system}，没有 root 权限。</translation>
    </message>
    <message>
        <source>This login may not act as root. Go back and choose another one, or set the relay up within this account only.</source>
        <translation>此登录身份无法使用 root。请返回选择另一个，或只在此账号之内设置跳板机。</translation>
    </message>
    <message>
        <source>This login may not act as root any more, so it cannot take the set-up away.</source>
        <translation>此登录身份已无法使用 root，因此不能撤除设置。</translation>
    </message>
    <message>
        <source>Nothing of a set-up is left there.</source>
        <translation>那里已没有任何设置。</translation>
    </message>
    <message>
        <source>All is right already: there is nothing to do.</source>
        <translation>一切都已就绪，无需再做什么。</translation>
    </message>
    <message>
        <source>Nothing is changed yet. This would be taken away, to the last file:</source>
        <translation>目前还没有更改任何东西。以下内容将被撤除，一个文件也不留：</translation>
    </message>
    <message>
        <source>These GPU servers are no longer reached through it afterwards: {servers}.</source>
        <translation>之后将无法再通过它连接这些 GPU 服务器：{servers}。</translation>
    </message>
    <message>
        <source>Nothing is changed yet. This is how it stands, and what would be done:</source>
        <translation>目前还没有更改任何东西。以下是现状和将要做的事：</translation>
    </message>
    <message>
        <source>Cancelling: the step that runs is brought to its end first.</source>
        <translation>正在取消：先把当前步骤做完。</translation>
    </message>
    <message>
        <source>Taking away, step by step...</source>
        <translation>正在逐步撤除…</translation>
    </message>
    <message>
        <source>Setting up, step by step; each one is checked afterwards...</source>
        <translation>正在逐步设置，每一步完成后都会检查…</translation>
    </message>
    <message>
        <source>{relay} is as it was before RelayTray.</source>
        <translation>{relay} 已恢复到使用 RelayTray 之前的样子。</translation>
    </message>
    <message>
        <source>{relay} is as it was before RelayTray, and no longer in its list.</source>
        <translation>{relay} 已恢复到使用 RelayTray 之前的样子，并已从列表中移除。</translation>
    </message>
    <message>
        <source>{relay} is set up.</source>
        <translation>{relay} 已设置好。</translation>
    </message>
    <message>
        <source>Next, add a GPU server: RelayTray gives you one line to paste into its web terminal, and the server comes online by itself.</source>
        <translation>接下来添加一台 GPU 服务器：RelayTray 会给你一条一键命令，粘贴到它的网页终端，服务器就会自动上线。</translation>
    </message>
    <message>
        <source>Add a GPU server...</source>
        <translation>添加 GPU 服务器…</translation>
    </message>
    <message>
        <source>QR code for phones...</source>
        <translation>手机用二维码…</translation>
    </message>
    <message>
        <source>You cancelled. What is done stays and is right; the rest can be done at any time.</source>
        <translation>你已取消。已完成的部分会保留并且有效，其余的随时可以再做。</translation>
    </message>
    <message>
        <source>You cancelled. Nothing was changed.</source>
        <translation>你已取消。没有更改任何东西。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Your GPU servers can be reached by v2ray too: press &quot;Also by v2ray&quot; on the page of each one.</source>
        <translation>现在也可以经 v2ray 到达你的 GPU 服务器：在每台服务器的页面上点“也经 v2ray 到达”。</translation>
    </message>
    <message>
        <source>Shadowsocks runs at {address}. It is in the list now; connected, it is the proxy 127.0.0.1:{local} of this computer.</source>
        <translation>Shadowsocks 正在 {address} 运行，并已加入列表；连接后，它就是这台电脑的代理 127.0.0.1:{local}。</translation>
    </message>
    <message>
        <source>Phones use {address}: let Outline read its QR code.</source>
        <translation>手机使用 {address}：用 Outline 扫描它的二维码。</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Remembered secrets</source>
        <translation>已记住的机密</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>配色</translation>
    </message>
    <message>
        <source>As is usual on this system</source>
        <translation>按本系统的习惯</translation>
    </message>
    <message>
        <source>Connects or disconnects the default server</source>
        <translation>连接或断开默认服务器</translation>
    </message>
    <message>
        <source>Opens the window</source>
        <translation>打开窗口</translation>
    </message>
    <message>
        <source>Opens the menu</source>
        <translation>打开菜单</translation>
    </message>
    <message>
        <source>macOS always opens the menu.</source>
        <translation>macOS 总是打开菜单。</translation>
    </message>
    <message>
        <source>The first one</source>
        <translation>第一台</translation>
    </message>
    <message>
        <source>Show notifications</source>
        <translation>显示通知</translation>
    </message>
    <message>
        <source>Start without opening the window</source>
        <translation>启动时不打开窗口</translation>
    </message>
    <message>
        <source>A click on the tray icon</source>
        <translation>单击托盘图标</translation>
    </message>
    <message>
        <source>Default server</source>
        <translation>默认服务器</translation>
    </message>
    <message>
        <source>Bring a lost connection back by itself</source>
        <translation>连接断开后自动恢复</translation>
    </message>
    <message>
        <source>Also after the computer has slept</source>
        <translation>电脑睡眠之后也恢复</translation>
    </message>
    <message>
        <source>Everything (for finding faults)</source>
        <translation>全部（用于排查故障）</translation>
    </message>
    <message>
        <source>What happens</source>
        <translation>一般信息</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>What the log keeps</source>
        <translation>日志记录</translation>
    </message>
    <message>
        <source>Choose v2ray or Xray</source>
        <translation>选择 v2ray 或 Xray</translation>
    </message>
    <message>
        <source>Choose the Shadowsocks client</source>
        <translation>选择 Shadowsocks 客户端</translation>
    </message>
    <message>
        <source>v2ray or Xray</source>
        <translation>v2ray 或 Xray</translation>
    </message>
    <message>
        <source>Shadowsocks client</source>
        <translation>Shadowsocks 客户端</translation>
    </message>
    <message>
        <source>the one that is found</source>
        <translation>自动查找</translation>
    </message>
</context>
<context>
    <name>SetupExtras</name>
    <message>
        <source>More on this relay</source>
        <translation>这台跳板机的更多用途</translation>
    </message>
    <message>
        <source>leave it as it is</source>
        <translation>保持现状</translation>
    </message>
    <message>
        <source>v2ray (VMess)</source>
        <translation>v2ray（VMess）</translation>
    </message>
    <message>
        <source>Xray (VLESS)</source>
        <translation>Xray（VLESS）</translation>
    </message>
    <message>
        <source>A second way to your GPU servers, for networks that block or disturb SSH. It runs as a service with an account of its own and lets nobody anywhere but to the servers you allow.</source>
        <translation>到达 GPU 服务器的第二条路，用于会阻断或干扰 SSH 的网络。它作为服务以单独的账户运行，只能到达你允许的服务器。</translation>
    </message>
    <message>
        <source>v2ray or Xray</source>
        <translation>v2ray 或 Xray</translation>
    </message>
    <message>
        <source>Where computers such as this one dial in. If your cloud has a firewall before the relay, open this port there.</source>
        <translation>像这台电脑这样的客户端连接的端口。如果云平台在跳板机前有防火墙，请在那里放行此端口。</translation>
    </message>
    <message>
        <source>Port for computers</source>
        <translation>客户端端口</translation>
    </message>
    <message>
        <source>Where GPU servers dial in, if they keep a v2ray bridge open.</source>
        <translation>GPU 服务器保持 v2ray 桥接时连接的端口。</translation>
    </message>
    <message>
        <source>Port for bridges</source>
        <translation>桥接端口</translation>
    </message>
    <message>
        <source>no TLS</source>
        <translation>不使用 TLS</translation>
    </message>
    <message>
        <source>Puts TLS around it: the set-up makes a certificate for this name, and computers trust this one and no other.</source>
        <translation>用 TLS 包裹流量：设置流程会为此名称生成证书，客户端只信任这一张。</translation>
    </message>
    <message>
        <source>TLS name</source>
        <translation>TLS 名称</translation>
    </message>
    <message>
        <source>no WebSocket</source>
        <translation>不使用 WebSocket</translation>
    </message>
    <message>
        <source>Such as /updates, to stand behind a web server.</source>
        <translation>例如 /updates，用于放在网页服务器之后。</translation>
    </message>
    <message>
        <source>WebSocket path</source>
        <translation>WebSocket 路径</translation>
    </message>
    <message>
        <source>Choose the program for the relay</source>
        <translation>选择给跳板机用的程序</translation>
    </message>
    <message>
        <source>found there, or from its packages</source>
        <translation>用那里已有的，或从其软件包安装</translation>
    </message>
    <message>
        <source>v2ray or Xray for the relay&apos;s system, a program or a release (.zip), if the relay has none and its packages neither. It is brought there.</source>
        <translation>适用于跳板机系统的 v2ray 或 Xray，可以是程序文件或发布包（.zip）；仅在跳板机上没有、软件包里也没有时需要。它会被传到跳板机上。</translation>
    </message>
    <message>
        <source>Program file</source>
        <translation>程序文件</translation>
    </message>
    <message>
        <source>Run a Shadowsocks server there</source>
        <translation>在那里运行 Shadowsocks 服务器</translation>
    </message>
    <message>
        <source>For browsers and phones: they reach the internet from the relay. Its users get nowhere near the relay itself or your GPU servers. Without the tick, what is there stays as it is.</source>
        <translation>供浏览器和手机使用：它们从跳板机访问互联网。它的用户无法接触跳板机本身和你的 GPU 服务器。不勾选时，已有的保持不变。</translation>
    </message>
    <message>
        <source>It is there. Without the tick it is taken away, for your phones too.</source>
        <translation>已在运行。取消勾选将把它移除，手机也将无法使用。</translation>
    </message>
    <message>
        <source>Encryption</source>
        <translation>加密方式</translation>
    </message>
    <message>
        <source>If your cloud has a firewall before the relay, open this port there.</source>
        <translation>如果云平台在跳板机前有防火墙，请在那里放行此端口。</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>nothing of the kind</source>
        <translation>不伪装</translation>
    </message>
    <message>
        <source>web traffic (simple-obfs, http)</source>
        <translation>网页流量（simple-obfs，http）</translation>
    </message>
    <message>
        <source>encrypted web traffic (simple-obfs, tls)</source>
        <translation>加密的网页流量（simple-obfs，tls）</translation>
    </message>
    <message>
        <source>WebSocket (v2ray-plugin)</source>
        <translation>WebSocket（v2ray-plugin）</translation>
    </message>
    <message>
        <source>Computers then need the same plugin beside their client. Phones do without.</source>
        <translation>此时电脑上的客户端也需要相同的插件。手机不需要。</translation>
    </message>
    <message>
        <source>Looks like</source>
        <translation>伪装成</translation>
    </message>
    <message>
        <source>Pretended host</source>
        <translation>伪装的主机名</translation>
    </message>
    <message>
        <source>A second port for phones</source>
        <translation>为手机另开一个端口</translation>
    </message>
    <message>
        <source>With what Outline knows: chacha20-ietf-poly1305 and no plugin.</source>
        <translation>使用 Outline 支持的方式：chacha20-ietf-poly1305，无插件。</translation>
    </message>
    <message>
        <source>Port for phones</source>
        <translation>手机端口</translation>
    </message>
</context>
<context>
    <name>SetupForm</name>
    <message>
        <source>{user}, as last time</source>
        <translation>{user}（与上次相同）</translation>
    </message>
    <message>
        <source>{user}, as in the profile</source>
        <translation>{user}（与配置相同）</translation>
    </message>
    <message>
        <source>Somebody else</source>
        <translation>其他用户</translation>
    </message>
    <message>
        <source>Private key file</source>
        <translation>私钥文件</translation>
    </message>
    <message>
        <source>Keys of the ssh agent</source>
        <translation>ssh agent 中的密钥</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Whatever the relay asks (one-time codes)</source>
        <translation>按跳板机的提示（一次性验证码）</translation>
    </message>
    <message>
        <source>Choose the private key file</source>
        <translation>选择私钥文件</translation>
    </message>
    <message>
        <source>Only for the set-up. A password is asked for when it is needed.</source>
        <translation>仅用于设置。需要密码时会询问。</translation>
    </message>
    <message>
        <source>Log in as</source>
        <translation>登录身份</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Log in with</source>
        <translation>登录方式</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>The whole machine, as root or with sudo</source>
        <translation>整台机器，使用 root 或 sudo</translation>
    </message>
    <message>
        <source>Only within this account, without root</source>
        <translation>仅限此账号之内，不用 root</translation>
    </message>
    <message>
        <source>Turn on BBR</source>
        <translation>启用 BBR</translation>
    </message>
    <message>
        <source>This computer may reach the internet from the relay</source>
        <translation>本机可以从跳板机访问互联网</translation>
    </message>
    <message>
        <source>How far</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>A kernel setting that keeps long distances fast. It holds for the whole machine.</source>
        <translation>一项让远距离连接保持高速的内核设置，对整台机器生效。</translation>
    </message>
    <message>
        <source>Your browser can then leave there, by the SOCKS port. Without it this computer reaches only your GPU servers through the relay.</source>
        <translation>这样浏览器可以通过 SOCKS 端口从那里出去。不勾选时，本机通过跳板机只能访问你的 GPU 服务器。</translation>
    </message>
    <message>
        <source>GPU servers and computers get accounts of their own that can do nothing but tunnel.</source>
        <translation>GPU 服务器和电脑各有专用账号，除了隧道什么也做不了。</translation>
    </message>
    <message>
        <source>Everything stays in this login&apos;s own folder and authorized_keys. Settings of the machine, such as BBR and sshd&apos;s, stay as they are.</source>
        <translation>一切都放在此账号自己的文件夹和 authorized_keys 中。机器的设置（如 BBR 和 sshd 的设置）保持不变。</translation>
    </message>
</context>
<context>
    <name>SetupText</name>
    <message>
        <source>Accounts without a shell: one for the servers&apos; tunnels, one for computers.</source>
        <translation>没有 shell 的账号：一个用于服务器的隧道，一个用于电脑。</translation>
    </message>
    <message>
        <source>The small programs that hand out permissions.</source>
        <translation>发放许可的小程序。</translation>
    </message>
    <message>
        <source>This computer&apos;s key, which may reach your GPU servers and nothing else.</source>
        <translation>本机的密钥，只能访问你的 GPU 服务器。</translation>
    </message>
    <message>
        <source>Settings of sshd for these accounts only.</source>
        <translation>仅针对这些账号的 sshd 设置。</translation>
    </message>
    <message>
        <source>BBR, which keeps long distances fast.</source>
        <translation>BBR，让远距离连接保持高速。</translation>
    </message>
    <message>
        <source>v2ray or Xray, a second way to your GPU servers.</source>
        <translation>v2ray 或 Xray：通往 GPU 服务器的第二条路。</translation>
    </message>
    <message>
        <source>A Shadowsocks server, for you and your phones.</source>
        <translation>Shadowsocks 服务器，供你和你的手机使用。</translation>
    </message>
    <message>
        <source>The relay&apos;s host keys, remembered on this computer.</source>
        <translation>跳板机的主机密钥，记在本机上。</translation>
    </message>
    <message>
        <source>Right already.</source>
        <translation>已就绪。</translation>
    </message>
    <message>
        <source>To be changed.</source>
        <translation>将更改。</translation>
    </message>
    <message>
        <source>Not possible here.</source>
        <translation>这里无法做到。</translation>
    </message>
    <message>
        <source>Being done...</source>
        <translation>正在进行…</translation>
    </message>
    <message>
        <source>Done and checked.</source>
        <translation>已完成并检查。</translation>
    </message>
    <message>
        <source>Failed.</source>
        <translation>失败。</translation>
    </message>
    <message>
        <source>Nothing there.</source>
        <translation>那里没有。</translation>
    </message>
    <message>
        <source>To be taken away.</source>
        <translation>将撤除。</translation>
    </message>
    <message>
        <source>Being taken away...</source>
        <translation>正在撤除……</translation>
    </message>
    <message>
        <source>Taken away.</source>
        <translation>已撤除。</translation>
    </message>
    <message>
        <source>There is no account {account} yet.</source>
        <translation>还没有账号 {account}。</translation>
    </message>
    <message>
        <source>The account {account} is not as it must be: {what}.</source>
        <translation>账号 {account} 不符合要求：{what}。</translation>
    </message>
    <message>
        <source>There is no {path} yet.</source>
        <translation>还没有 {path}。</translation>
    </message>
    <message>
        <source>{path} is not as it must be.</source>
        <translation>{path} 不符合要求。</translation>
    </message>
    <message>
        <source>The key of this computer is not let in yet[: {fingerprint}].</source>
        <translation>本机的密钥尚未获准[：{fingerprint}]。</translation>
    </message>
    <message>
        <source>Without root this computer reaches the internet from the relay at the usual ports only (web, mail, SSH, Git and the like). Let out to all ports, its key could also open the account&apos;s Unix sockets, which are as good as a shell.</source>
        <translation>没有 root 权限时，本机只能从跳板机访问互联网上的常用端口（网页、邮件、SSH、Git 等）。如果放行全部端口，本机的密钥还能打开该账户的 Unix 套接字，那就等于得到了一个 shell。</translation>
    </message>
    <message>
        <source>This computer may not reach {alias} there yet, at port {port}.</source>
        <translation>本机还不能访问那里端口 {port} 上的 {alias}。</translation>
    </message>
    <message>
        <source>Another computer would lose its way through here too: {name}.</source>
        <translation>另一台电脑也会失去经过这里的通路：{name}。</translation>
    </message>
    <message>
        <source>A GPU server that is not in your list would go offline too: {alias}, at port {port}.</source>
        <translation>一台不在你列表中的 GPU 服务器也会下线：{alias}，端口 {port}。</translation>
    </message>
    <message>
        <source>{program} is used, which is on the relay already: {path}.</source>
        <translation>使用跳板机上已有的 {program}：{path}。</translation>
    </message>
    <message>
        <source>{program} is brought there from this computer, {megabytes} MB.</source>
        <translation>从本机把 {program} 传到跳板机，大小 {megabytes} MB。</translation>
    </message>
    <message>
        <source>{program} is being brought there: {percent} %.</source>
        <translation>正在把 {program} 传到跳板机：{percent} %。</translation>
    </message>
    <message>
        <source>The package {package} of the relay&apos;s own system is installed.</source>
        <translation>在跳板机上安装其系统自带的软件包 {package}。</translation>
    </message>
    <message>
        <source>There is no {program} on the relay, and nothing here that could be brought there. Download its release for Linux ({machine}) and choose that file.</source>
        <translation>跳板机上没有 {program}，本机也没有可以传过去的。请下载它的 Linux（{machine}）发行版，然后选择该文件。</translation>
    </message>
    <message>
        <source>{path} is version {version}, and {needed} or newer is needed.</source>
        <translation>{path} 的版本是 {version}，需要 {needed} 或更新的版本。</translation>
    </message>
    <message>
        <source>{program} does not fit the relay: {reason}.</source>
        <translation>{program} 不适用于这台跳板机：{reason}。</translation>
    </message>
    <message>
        <source>This Xray runs inside Python and cannot judge its settings beforehand; they are taken back if it does not start with them.</source>
        <translation>这个 Xray 在 Python 中运行，无法事先检查配置；如果它无法以新配置启动，就会恢复原来的配置。</translation>
    </message>
    <message>
        <source>It gets this setting: {setting}.</source>
        <translation>将采用此设置：{setting}。</translation>
    </message>
    <message>
        <source>{alias} can be reached by it from this computer.</source>
        <translation>本机可以通过它连接 {alias}。</translation>
    </message>
    <message>
        <source>Computers and GPU servers that use it with the old settings lose that way until they get the new ones: {servers}.</source>
        <translation>仍使用旧设置的计算机和 GPU 服务器在拿到新设置之前无法再走这条路由：{servers}。</translation>
    </message>
    <message>
        <source>The service {service} does not run, or would not after a restart of the machine.</source>
        <translation>服务 {service} 没有运行，或者在机器重启后不会运行。</translation>
    </message>
    <message>
        <source>This machine is not run by systemd, and a service of RelayTray needs that.</source>
        <translation>这台机器不是由 systemd 管理的，而 RelayTray 的服务需要 systemd。</translation>
    </message>
    <message>
        <source>Another program has the port {port} on this machine. Choose another one.</source>
        <translation>这台机器上的端口 {port} 已被其他程序占用。请另选一个端口。</translation>
    </message>
    <message>
        <source>The port {port} is opened in {firewall}.</source>
        <translation>将在 {firewall} 中放行端口 {port}。</translation>
    </message>
    <message>
        <source>A Shadowsocks server answers at port {port}: {method}[, with {camouflage}].</source>
        <translation>将在端口 {port} 上运行 Shadowsocks 服务：{method}[，伪装方式 {camouflage}]。</translation>
    </message>
    <message>
        <source>Phones get a port of their own, {port}: {method}, without camouflage.</source>
        <translation>手机使用单独的端口 {port}：{method}，不加伪装。</translation>
    </message>
    <message>
        <source>The service {service} is taken away.</source>
        <translation>将移除服务 {service}。</translation>
    </message>
    <message>
        <source>The program {program} is not on this machine, and RelayTray does not know how to install packages here. Install it, and set the relay up again.</source>
        <translation>这台机器上没有程序 {program}，而 RelayTray 不知道如何在这里安装软件包。请先安装它，再重新设置跳板机。</translation>
    </message>
    <message>
        <source>The method {method} needs shadowsocks-rust 1.15 or newer (ssserver) on this machine. Install it there, or choose another method.</source>
        <translation>加密方式 {method} 需要这台机器上有 shadowsocks-rust 1.15 或更新版本（ssserver）。请在那里安装它，或选择其他加密方式。</translation>
    </message>
    <message>
        <source>With {program} RelayTray sets no camouflage up: its users could not be kept off this machine&apos;s own services then. Install shadowsocks-libev and choose one of its methods, or do without camouflage.</source>
        <translation>使用 {program} 时，RelayTray 不设置伪装：否则无法阻止用户访问这台机器自身的服务。请安装 shadowsocks-libev 并选用它支持的加密方式，或者不使用伪装。</translation>
    </message>
    <message>
        <source>The kernel of this machine does not filter the packets of single services, so the users of {program} could not be kept off its own services and private networks. Install shadowsocks-libev instead.</source>
        <translation>这台机器的内核无法按服务过滤数据包，因此无法阻止 {program} 的用户访问它自身的服务和私有网络。请改装 shadowsocks-libev。</translation>
    </message>
    <message>
        <source>Phones get TCP only: the kernel of this machine does not filter the packets of single services, so users could not be kept off its own services by UDP.</source>
        <translation>手机只能使用 TCP：这台机器的内核无法按服务过滤数据包，因此无法阻止用户通过 UDP 访问它自身的服务。</translation>
    </message>
    <message>
        <source>The keyring of this computer does not take the password, so RelayTray knows it only until it ends. Set the relay up again later to get it back from there.</source>
        <translation>这台电脑的密钥环无法保存密码，RelayTray 只能在本次运行期间记住它。以后再次设置跳板机即可从那里取回密码。</translation>
    </message>
    <message>
        <source>Your Shadowsocks server {name} is removed with its password: it would lead nowhere.</source>
        <translation>你的 Shadowsocks 服务器 {name} 及其密码会一并删除，因为它将无法再使用。</translation>
    </message>
    <message>
        <source>This needs root.</source>
        <translation>这需要 root 权限。</translation>
    </message>
    <message>
        <source>{path} gets this setting: {setting}.</source>
        <translation>{path} 将加入此设置：{setting}。</translation>
    </message>
    <message>
        <source>sshd reads its settings again; connections that are open stay open. The new settings are checked first, and put back if a new login fails.</source>
        <translation>sshd 会重新读取设置，已打开的连接保持不断。新设置会先经过检查，如果新的登录失败则恢复原状。</translation>
    </message>
    <message>
        <source>This sshd is version {version}, and {needed} or newer is needed.</source>
        <translation>这个 sshd 的版本是 {version}，需要 {needed} 或更高版本。</translation>
    </message>
    <message>
        <source>The machine uses {current} instead of BBR.</source>
        <translation>这台机器使用的是 {current}，不是 BBR。</translation>
    </message>
    <message>
        <source>BBR is on, but would be off after the next restart.</source>
        <translation>BBR 已启用，但下次重启后会失效。</translation>
    </message>
    <message>
        <source>Another file sets something else: {path}.</source>
        <translation>另一个文件里有不同的设置：{path}。</translation>
    </message>
    <message>
        <source>The kernel is version {version}; BBR came with 4.9.</source>
        <translation>内核版本是 {version}，BBR 从 4.9 开始提供。</translation>
    </message>
    <message>
        <source>This kernel was built without BBR.</source>
        <translation>这个内核编译时没有包含 BBR。</translation>
    </message>
    <message>
        <source>This machine is a container: the kernel&apos;s settings belong to its host.</source>
        <translation>这台机器是容器：内核设置属于它的宿主机。</translation>
    </message>
    <message>
        <source>The record of v2ray on the relay cannot be understood: {path} ({reason}). A newer RelayTray may have written it. Else take the set-up away and make it again.</source>
        <translation>无法识别跳板机上的 v2ray 记录：{path}（{reason}）。它可能是由更新版本的 RelayTray 写入的；否则请撤销设置后重新设置。</translation>
    </message>
    <message>
        <source>This machine has a firewall that was written by hand ({firewall}), which RelayTray does not change. It must let in: {ports}.</source>
        <translation>这台机器有手工编写的防火墙规则（{firewall}），RelayTray 不会改动它。需要在其中放行：{ports}。</translation>
    </message>
    <message>
        <source>No firewall is at work on this machine. If its provider has one, it must let in: {ports}.</source>
        <translation>这台机器上没有启用防火墙。如果服务商提供了防火墙，需要在那里放行：{ports}。</translation>
    </message>
    <message>
        <source>The {key_type} key of the relay is not remembered yet.</source>
        <translation>跳板机的 {key_type} 密钥尚未记住。</translation>
    </message>
    <message>
        <source>Nothing needs to be done.</source>
        <translation>无需做任何事。</translation>
    </message>
</context>
<context>
    <name>Shadowsocks</name>
    <message>
        <source>off</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待重试</translation>
    </message>
    <message>
        <source>trouble</source>
        <translation>有故障</translation>
    </message>
    <message>
        <source>Only programs that I tell</source>
        <translation>仅我指定的程序</translation>
    </message>
    <message>
        <source>By my list (PAC)</source>
        <translation>按我的列表（PAC）</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部流量</translation>
    </message>
    <message>
        <source>System proxy: my list, by {name}</source>
        <translation>系统代理：按我的列表，经 {name}</translation>
    </message>
    <message>
        <source>System proxy: everything, by {name}</source>
        <translation>系统代理：全部流量，经 {name}</translation>
    </message>
</context>
<context>
    <name>ShadowsocksEditor</name>
    <message>
        <source>Edit the Shadowsocks server {name}</source>
        <translation>编辑 Shadowsocks 服务器 {name}</translation>
    </message>
    <message>
        <source>Add a Shadowsocks server</source>
        <translation>添加 Shadowsocks 服务器</translation>
    </message>
    <message>
        <source>Whoever runs it has told you these values. Where you have a link or a QR code, import that instead. On a relay of your own, its set-up adds one.</source>
        <translation>这些内容由服务器的提供者告诉你。如果你有链接或二维码，直接导入即可。在你自己的跳板机上，可以通过设置跳板机来添加。</translation>
    </message>
    <message>
        <source>For {method} the password is a key of {count} bytes in base64. Copy it as a whole.</source>
        <translation>使用 {method} 时，密码是 base64 形式的 {count} 字节密钥。请完整复制。</translation>
    </message>
    <message>
        <source>my-shadowsocks</source>
        <translation>my-shadowsocks</translation>
    </message>
    <message>
        <source>relay.example.org or 203.0.113.7</source>
        <translation>relay.example.org 或 203.0.113.7</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>不变</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>What you call it here.</source>
        <translation>在这里怎么称呼它。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>加密方法</translation>
    </message>
    <message>
        <source>It is kept in this system&apos;s keyring, and nowhere else.</source>
        <translation>只保存在系统的密钥环中，别处都没有。</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Connect when RelayTray starts</source>
        <translation>RelayTray 启动时连接</translation>
    </message>
    <message>
        <source>Programs on this computer use 127.0.0.1 and this port.</source>
        <translation>本机的程序使用 127.0.0.1 和这个端口。</translation>
    </message>
    <message>
        <source>Local port</source>
        <translation>本机端口</translation>
    </message>
    <message>
        <source>It hides what the traffic is. The server must have the same one.</source>
        <translation>它掩盖流量的特征。服务器必须使用同样的插件。</translation>
    </message>
    <message>
        <source>Plugin</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>Options of the plugin</source>
        <translation>插件选项</translation>
    </message>
    <message>
        <source>The newest kind. Its password is a key in base64; Outline does not know it.</source>
        <translation>最新的一类。密码是 base64 形式的密钥；Outline 不支持。</translation>
    </message>
    <message>
        <source>Fast on computers. Outline on phones knows it as well.</source>
        <translation>在电脑上速度快，手机上的 Outline 也支持。</translation>
    </message>
    <message>
        <source>Fast on phones too, and known to every program.</source>
        <translation>在手机上也快，所有程序都支持。</translation>
    </message>
    <message>
        <source>Good for very much traffic with one password; not for Outline.</source>
        <translation>适合同一密码承载极大流量；Outline 不支持。</translation>
    </message>
    <message>
        <source>Several times slower than aes-256-gcm with shadowsocks-libev.</source>
        <translation>在 shadowsocks-libev 中比 aes-256-gcm 慢好几倍。</translation>
    </message>
    <message>
        <source>RelayTray cannot use this method.</source>
        <translation>RelayTray 不能使用这种加密方法。</translation>
    </message>
</context>
<context>
    <name>ShadowsocksWork</name>
    <message>
        <source>Connected.</source>
        <translation>已连接。</translation>
    </message>
    <message>
        <source>Remove the Shadowsocks server {name} and its password from RelayTray?</source>
        <translation>要从 RelayTray 中移除 Shadowsocks 服务器 {name} 及其密码吗？</translation>
    </message>
    <message>
        <source>What runs on the relay {relay} goes on running there.</source>
        <translation>跳板机 {relay} 上的服务会继续运行。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Imported: {count}</source>
        <translation>已导入：{count}</translation>
    </message>
    <message>
        <source>Copied: proxy environment for {shell}</source>
        <translation>已复制：{shell} 的代理环境变量</translation>
    </message>
</context>
<context>
    <name>Steering</name>
    <message>
        <source>Should this computer ever be without internet and RelayTray gone: open Settings, Network and internet, Proxy, and switch off both the setup script and the proxy server there.</source>
        <translation>如果 RelayTray 已不在而这台电脑无法上网：打开“设置”&gt;“网络和 Internet”&gt;“代理”，把“使用设置脚本”和“使用代理服务器”都关闭。</translation>
    </message>
    <message>
        <source>Should this computer ever be without internet and RelayTray gone: open System Settings, Network, your network, Details, Proxies, and switch everything off there.</source>
        <translation>如果 RelayTray 已不在而这台电脑无法上网：打开“系统设置”&gt;“网络”，选择所用的网络，点“详细信息”&gt;“代理”，把其中各项全部关闭。</translation>
    </message>
    <message>
        <source>Should this computer ever be without internet and RelayTray gone: open Settings, Network, Proxy, and switch it off there, or run &quot;gsettings set org.gnome.system.proxy mode none&quot;.</source>
        <translation>如果 RelayTray 已不在而这台电脑无法上网：打开“设置”&gt;“网络”&gt;“代理”，将其关闭，或运行“gsettings set org.gnome.system.proxy mode none”。</translation>
    </message>
</context>
<context>
    <name>Traffic</name>
    <message>
        <source>{amount}/s</source>
        <translation>{amount}/秒</translation>
    </message>
</context>
<context>
    <name>Transfers</name>
    <message>
        <source>Import profiles</source>
        <translation>导入配置</translation>
    </message>
    <message>
        <source>Export profiles (without secrets)</source>
        <translation>导出配置（不含机密）</translation>
    </message>
    <message>
        <source>Exported to {path}</source>
        <translation>已导出到 {path}</translation>
    </message>
    <message>
        <source>Imported: {count}</source>
        <translation>已导入：{count}</translation>
    </message>
    <message>
        <source>Profiles</source>
        <translation>配置</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>off</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>连接中</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>trouble</source>
        <translation>有问题</translation>
    </message>
    <message>
        <source>connecting by {route}</source>
        <translation>正在经 {route} 连接</translation>
    </message>
    <message>
        <source>connected by {route}</source>
        <translation>已经 {route} 连接</translation>
    </message>
    <message>
        <source>waiting for the line</source>
        <translation>等待一键命令</translation>
    </message>
    <message>
        <source>RelayTray: closing connections</source>
        <translation>RelayTray：正在关闭连接</translation>
    </message>
    <message>
        <source>No GPU server yet</source>
        <translation>还没有 GPU 服务器</translation>
    </message>
    <message>
        <source>Closing connections...</source>
        <translation>正在关闭连接……</translation>
    </message>
    <message>
        <source>Port {port} is not available</source>
        <translation>端口 {port} 不可用</translation>
    </message>
    <message>
        <source>Use port {port} instead</source>
        <translation>改用端口 {port}</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>{alias}: {state} (default)</source>
        <translation>{alias}: {state}（默认）</translation>
    </message>
    <message>
        <source>&amp;Add a GPU server...</source>
        <translation>添加 GPU 服务器(&amp;A)…</translation>
    </message>
    <message>
        <source>{route} does not work right now</source>
        <translation>{route} 目前不可用</translation>
    </message>
    <message>
        <source>&amp;Connect</source>
        <translation>连接(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>断开(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Bootstrap line...</source>
        <translation>一键命令(&amp;B)…</translation>
    </message>
    <message>
        <source>D&amp;octor...</source>
        <translation>诊断(&amp;O)…</translation>
    </message>
    <message>
        <source>Copy &amp;ssh config</source>
        <translation>复制 ssh 配置(&amp;S)</translation>
    </message>
    <message>
        <source>Show in the &amp;window</source>
        <translation>在窗口中显示(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Use it from...</source>
        <translation>在其他程序中使用(&amp;U)…</translation>
    </message>
    <message>
        <source>Open in {editor}</source>
        <translation>用 {editor} 打开</translation>
    </message>
    <message>
        <source>Copy S&amp;OCKS address ({address})</source>
        <translation>复制 SOCKS 地址 ({address})(&amp;O)</translation>
    </message>
    <message>
        <source>Copy proxy &amp;environment</source>
        <translation>复制代理环境变量(&amp;E)</translation>
    </message>
    <message>
        <source>Disconnect a&amp;ll</source>
        <translation>全部断开(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Open RelayTray</source>
        <translation>打开 RelayTray(&amp;O)</translation>
    </message>
    <message>
        <source>Lo&amp;g</source>
        <translation>日志(&amp;G)</translation>
    </message>
    <message>
        <source>Se&amp;ttings...</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>TrayShadowsocks</name>
    <message>
        <source>&amp;Connect</source>
        <translation>连接(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Disconnect</source>
        <translation>断开(&amp;D)</translation>
    </message>
    <message>
        <source>Who uses it:</source>
        <translation>谁使用它：</translation>
    </message>
    <message>
        <source>Copy &amp;address ({address})</source>
        <translation>复制地址 {address}(&amp;A)</translation>
    </message>
    <message>
        <source>Show &amp;QR code for a phone...</source>
        <translation>显示给手机用的二维码(&amp;Q)…</translation>
    </message>
    <message>
        <source>Show in the &amp;window</source>
        <translation>在窗口中显示(&amp;W)</translation>
    </message>
</context>
<context>
    <name>UsePage</name>
    <message>
        <source>Text to copy</source>
        <translation>可复制的文本</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>复制 {what}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open {what}</source>
        <translation>打开 {what}</translation>
    </message>
    <message>
        <source>Folder on the server</source>
        <translation>服务器上的目录</translation>
    </message>
    <message>
        <source>/home/me/project, or empty for the server alone</source>
        <translation>/home/me/project；留空则只连接服务器</translation>
    </message>
</context>
<context>
    <name>Uses</name>
    <message>
        <source>Set a free port</source>
        <translation>设置一个空闲端口</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Edit the server...</source>
        <translation>编辑服务器…</translation>
    </message>
    <message>
        <source>Convert the key...</source>
        <translation>转换密钥…</translation>
    </message>
    <message>
        <source>Install the ssh config</source>
        <translation>安装 ssh 配置</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查找</translation>
    </message>
    <message>
        <source>Save the INI file...</source>
        <translation>保存 INI 文件…</translation>
    </message>
    <message>
        <source>Save the .reg file...</source>
        <translation>保存 .reg 文件…</translation>
    </message>
    <message>
        <source>Save the file, then choose in WinSCP: Tools &gt; Import Sites &gt; INI file (WinSCP 6.5 and newer). The site is added to those that are there.</source>
        <translation>保存文件，然后在 WinSCP 中选择：Tools &gt; Import Sites &gt; INI file（工具 &gt; 导入站点 &gt; INI 文件，需要 WinSCP 6.5 或更新版本）。该站点会添加到已有的站点中。</translation>
    </message>
    <message>
        <source>Never use &quot;Import/Restore Configuration&quot; for it: that replaces all the sites you have.</source>
        <translation>千万不要用“Import/Restore Configuration”（导入/恢复配置）导入它：那会替换你已有的全部站点。</translation>
    </message>
    <message>
        <source>Save the file and double-click it. Windows asks once, and {alias} is then among the saved sessions of PuTTY.</source>
        <translation>保存文件并双击它。Windows 会询问一次，之后 {alias} 就在 PuTTY 已保存的会话中了。</translation>
    </message>
    <message>
        <source>WinSCP opens {alias} with the proxy, the key and the host key already set. Nothing is stored in WinSCP.</source>
        <translation>WinSCP 会打开 {alias}，代理、密钥和主机密钥都已设置好。不会在 WinSCP 中保存任何内容。</translation>
    </message>
    <message>
        <source>Start WinSCP</source>
        <translation>启动 WinSCP</translation>
    </message>
    <message>
        <source>Writes {alias} into WinSCP&apos;s own list of sites, so that you can start it from there. WinSCP must not be running meanwhile.</source>
        <translation>把 {alias} 写入 WinSCP 自己的站点列表，以后可以直接从那里打开。写入时 WinSCP 不能在运行。</translation>
    </message>
    <message>
        <source>Write into WinSCP&apos;s sites</source>
        <translation>写入 WinSCP 的站点</translation>
    </message>
    <message>
        <source>Keep it in WinSCP</source>
        <translation>保存到 WinSCP</translation>
    </message>
    <message>
        <source>WinSCP was not found. Do you have it as a portable program?</source>
        <translation>没有找到 WinSCP。你是否有它的便携版？</translation>
    </message>
    <message>
        <source>Choose WinSCP.exe...</source>
        <translation>选择 WinSCP.exe...</translation>
    </message>
    <message>
        <source>As a file to import</source>
        <translation>导出为文件再导入</translation>
    </message>
    <message>
        <source>PuTTY opens a terminal on {alias} with the proxy, the key and the host key already set.</source>
        <translation>PuTTY 会打开 {alias} 的终端，代理、密钥和主机密钥都已设置好。</translation>
    </message>
    <message>
        <source>Start PuTTY</source>
        <translation>启动 PuTTY</translation>
    </message>
    <message>
        <source>As a saved session</source>
        <translation>作为已保存的会话</translation>
    </message>
    <message>
        <source>These files are for WinSCP and PuTTY on a Windows computer. They work there while RelayTray runs on it with the same ports, and with your key at the same place.</source>
        <translation>这些文件用于 Windows 电脑上的 WinSCP 和 PuTTY。那台电脑上也要运行 RelayTray（端口相同），并且密钥放在相同的位置。</translation>
    </message>
    <message>
        <source>For a Windows computer</source>
        <translation>用于 Windows 电脑</translation>
    </message>
    <message>
        <source>Save the site file, then choose in FileZilla: File &gt; Import, and take the entries of the Site Manager. Other sites stay as they are.</source>
        <translation>保存站点文件，然后在 FileZilla 中选择：文件 &gt; 导入，并勾选站点管理器的条目。其他站点保持不变。</translation>
    </message>
    <message>
        <source>FileZilla goes through the plain ssh port of {alias}, so RelayTray must be running while you use it.</source>
        <translation>FileZilla 使用 {alias} 的直连 ssh 端口，所以使用时 RelayTray 必须在运行。</translation>
    </message>
    <message>
        <source>Save the site file...</source>
        <translation>保存站点文件…</translation>
    </message>
    <message>
        <source>Save the bookmark and open it with Cyberduck or Mountain Duck. It goes through the plain ssh port of {alias}, so RelayTray must be running while you use it.</source>
        <translation>保存书签，并用 Cyberduck 或 Mountain Duck 打开。它使用 {alias} 的直连 ssh 端口，所以使用时 RelayTray 必须在运行。</translation>
    </message>
    <message>
        <source>Save and open...</source>
        <translation>保存并打开…</translation>
    </message>
    <message>
        <source>Save the bookmark...</source>
        <translation>保存书签…</translation>
    </message>
    <message>
        <source>It was converted from your OpenSSH key, which is as it was. It is here:</source>
        <translation>由你的 OpenSSH 密钥转换而来（原密钥保持不变），保存在：</translation>
    </message>
    <message>
        <source>Its key</source>
        <translation>它的密钥</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>needs one more step</source>
        <translation>还差一步</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>scp: copy a file to the server</source>
        <translation>scp：把文件复制到服务器</translation>
    </message>
    <message>
        <source>scp: copy a folder to the server</source>
        <translation>scp：把目录复制到服务器</translation>
    </message>
    <message>
        <source>scp: fetch a file from the server</source>
        <translation>scp：从服务器取回文件</translation>
    </message>
    <message>
        <source>rsync: bring the server in step with this folder</source>
        <translation>rsync：把当前目录同步到服务器</translation>
    </message>
    <message>
        <source>rsync: bring this folder in step with the server</source>
        <translation>rsync：把服务器的目录同步到当前目录</translation>
    </message>
    <message>
        <source>sftp: look around and copy by hand</source>
        <translation>sftp：浏览并手动复制</translation>
    </message>
    <message>
        <source>Firefox: settings for a profile (user.js)</source>
        <translation>Firefox：配置文件夹的设置（user.js）</translation>
    </message>
    <message>
        <source>ssh, scp, rsync, git and VS Code reach {alias} by its name. The connection opens by itself when one of them asks for it.</source>
        <translation>ssh、scp、rsync、git 和 VS Code 都可以用名称连接 {alias}。需要时会自动建立连接。</translation>
    </message>
    <message>
        <source>ssh, scp, git</source>
        <translation>ssh、scp、git</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>未安装</translation>
    </message>
    <message>
        <source>{config} includes RelayTray&apos;s own file, {owned}, which follows every change of your profiles.</source>
        <translation>{config} 引用了 RelayTray 自己的文件 {owned}，它会跟随配置的每次修改自动更新。</translation>
    </message>
    <message>
        <source>Removing takes that line away and leaves the rest of your file as it is.</source>
        <translation>移除会删掉那一行，文件的其余部分保持不变。</translation>
    </message>
    <message>
        <source>Remove from the ssh config</source>
        <translation>从 ssh 配置中移除</translation>
    </message>
    <message>
        <source>Installed for all your GPU servers</source>
        <translation>已为你的所有 GPU 服务器安装</translation>
    </message>
    <message>
        <source>This adds one line at the top of {config}, which includes a file of RelayTray&apos;s own. The rest of your file stays as it is, a copy of it is kept the first time, and you can undo it here.</source>
        <translation>这会在 {config} 的开头添加一行，引用 RelayTray 自己的一个文件。文件的其余部分保持不变，第一次修改前会保留一份副本，并且可以随时在这里撤销。</translation>
    </message>
    <message>
        <source>Install it once, for all your GPU servers</source>
        <translation>安装一次，所有 GPU 服务器都可用</translation>
    </message>
    <message>
        <source>In a terminal</source>
        <translation>在终端中</translation>
    </message>
    <message>
        <source>Paste this block into an ssh config yourself, on this computer. It does not follow later changes of the profile: copy it again then.</source>
        <translation>自己把这一段粘贴到这台电脑的 ssh 配置中。以后修改配置时它不会跟着变：到时请重新复制。</translation>
    </message>
    <message>
        <source>Instead: copy the block by hand</source>
        <translation>也可以手动复制配置段</translation>
    </message>
    <message>
        <source>VS Code and other editors</source>
        <translation>VS Code 等编辑器</translation>
    </message>
    <message>
        <source>Choose a folder on {alias} and the editor to open it in. The editor connects through RelayTray by itself.</source>
        <translation>选择 {alias} 上的目录和用来打开它的编辑器。编辑器会自动通过 RelayTray 连接。</translation>
    </message>
    <message>
        <source>Open in {editor}</source>
        <translation>用 {editor} 打开</translation>
    </message>
    <message>
        <source>found: {count}</source>
        <translation>找到 {count} 个</translation>
    </message>
    <message>
        <source>Editors ask ssh for {alias}, and ssh does not know it yet. Install the ssh config first.</source>
        <translation>编辑器通过 ssh 查找 {alias}，而 ssh 还不认识它。请先安装 ssh 配置。</translation>
    </message>
    <message>
        <source>No editor that opens folders of a server was found on this computer. RelayTray knows VS Code, VS Code Insiders, VSCodium, Cursor, Windsurf, JetBrains Gateway and Zed: install one of them and look again.</source>
        <translation>在这台电脑上没有找到能打开服务器目录的编辑器。RelayTray 支持 VS Code、VS Code Insiders、VSCodium、Cursor、Windsurf、JetBrains Gateway 和 Zed：请安装其中一个，然后重新查找。</translation>
    </message>
    <message>
        <source>Copy a line into a terminal and put the name of your own file or folder in its place. Server and folder are already in it.</source>
        <translation>把一行命令复制到终端，并换成你自己的文件或目录名。服务器和目标目录已经写好。</translation>
    </message>
    <message>
        <source>scp and rsync lines</source>
        <translation>scp 和 rsync 命令</translation>
    </message>
    <message>
        <source>Start Jupyter or TensorBoard on {alias}, then open the address in a browser here. Programs that run there need no public port.</source>
        <translation>在 {alias} 上启动 Jupyter 或 TensorBoard，然后在这里的浏览器中打开下面的地址。服务器不需要开放任何公网端口。</translation>
    </message>
    <message>
        <source>Jupyter and TensorBoard</source>
        <translation>Jupyter 和 TensorBoard</translation>
    </message>
    <message>
        <source>Run these lines in a terminal, and programs that are started there go through the SOCKS port. Other windows are left as they are.</source>
        <translation>在终端中运行这些命令，之后从该终端启动的程序就会使用 SOCKS 端口。其他窗口不受影响。</translation>
    </message>
    <message>
        <source>Proxy for the command line</source>
        <translation>命令行代理</translation>
    </message>
    <message>
        <source>For file managers and other programs that open sftp:// links. RelayTray must be running while you use it.</source>
        <translation>用于文件管理器等能打开 sftp:// 链接的程序。使用时 RelayTray 必须在运行。</translation>
    </message>
    <message>
        <source>Open the link</source>
        <translation>打开链接</translation>
    </message>
    <message>
        <source>sftp:// link</source>
        <translation>sftp:// 链接</translation>
    </message>
</context>
<context>
    <name>UsesWindow</name>
    <message>
        <source>Use {alias} from...</source>
        <translation>在其他程序中使用 {alias}</translation>
    </message>
    <message>
        <source>Looking for programs and keys on this computer...</source>
        <translation>正在查找这台电脑上的程序和密钥…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Working...</source>
        <translation>正在处理…</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
    <message>
        <source>Installed: ssh knows your GPU servers by name.</source>
        <translation>已安装：ssh 现在认识你的 GPU 服务器了。</translation>
    </message>
    <message>
        <source>Removed: your ssh config is as it was.</source>
        <translation>已移除：你的 ssh 配置恢复原样。</translation>
    </message>
    <message>
        <source>{editor} is asked to open it.</source>
        <translation>正在用 {editor} 打开。</translation>
    </message>
    <message>
        <source>WinSCP is starting.</source>
        <translation>正在启动 WinSCP。</translation>
    </message>
    <message>
        <source>Written: {where}</source>
        <translation>已写入：{where}</translation>
    </message>
    <message>
        <source>Choose WinSCP.exe</source>
        <translation>选择 WinSCP.exe</translation>
    </message>
    <message>
        <source>This WinSCP is used from now on.</source>
        <translation>从现在起使用这个 WinSCP。</translation>
    </message>
    <message>
        <source>PuTTY is starting.</source>
        <translation>正在启动 PuTTY。</translation>
    </message>
    <message>
        <source>Save the file</source>
        <translation>保存文件</translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation>已保存：{path}</translation>
    </message>
    <message>
        <source>Converted: {path}</source>
        <translation>已转换：{path}</translation>
    </message>
</context>
<context>
    <name>Using</name>
    <message>
        <source>Opening: {place}</source>
        <translation>正在打开：{place}</translation>
    </message>
</context>
<context>
    <name>WaysList</name>
    <message>
        <source>Ways to use the server</source>
        <translation>使用服务器的方式</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Reach your GPU server in one click</source>
        <translation>一键连接你的 GPU 服务器</translation>
    </message>
    <message>
        <source>The GPU server keeps a tunnel open to a relay, a small machine of your own. RelayTray connects your computer through it, so that ssh, VS Code and your browser reach the server.</source>
        <translation>GPU 服务器保持一条通往跳板机（你自己的一台小机器）的隧道。RelayTray 让你的电脑经由它连接，ssh、VS Code 和浏览器就能访问服务器。</translation>
    </message>
    <message>
        <source>Add and set up a relay</source>
        <translation>添加并设置跳板机</translation>
    </message>
    <message>
        <source>Import a link or QR code</source>
        <translation>导入链接或二维码</translation>
    </message>
    <message>
        <source>Add your relay: its address, your user and your key. RelayTray sets it up for you.</source>
        <translation>添加跳板机：它的地址、你的用户名和密钥。RelayTray 会为你设置好它。</translation>
    </message>
    <message>
        <source>Add the GPU server, and paste one line into its web terminal: it comes online.</source>
        <translation>添加 GPU 服务器，把一条命令粘贴到它的网页终端：它就上线了。</translation>
    </message>
    <message>
        <source>Import from ssh config</source>
        <translation>从 ssh 配置导入</translation>
    </message>
    <message>
        <source>Ask the owner of the GPU server before you open a tunnel to it. A server that was lent to you is not yours to open.</source>
        <translation>在建立隧道之前，请先征得 GPU 服务器所有者的同意。借给你用的服务器，不能由你擅自开放。</translation>
    </message>
    <message>
        <source>Click the icon in the tray to connect, and copy the ssh config for VS Code.</source>
        <translation>单击托盘图标即可连接，并复制 ssh 配置给 VS Code 使用。</translation>
    </message>
</context>
<context>
    <name>_Line</name>
    <message>
        <source>Port on this computer</source>
        <translation>本机端口</translation>
    </message>
    <message>
        <source>Address as seen from the server</source>
        <translation>从服务器看到的地址</translation>
    </message>
    <message>
        <source>Port there</source>
        <translation>那边的端口</translation>
    </message>
    <message>
        <source>Remove this forward</source>
        <translation>移除这条端口转发</translation>
    </message>
    <message>
        <source>{way}: try it earlier</source>
        <translation>{way}：提前尝试</translation>
    </message>
    <message>
        <source>{way}: try it later</source>
        <translation>{way}：推后尝试</translation>
    </message>
    <message>
        <source>{way}: do not use it</source>
        <translation>{way}：不使用</translation>
    </message>
</context>
</TS>
