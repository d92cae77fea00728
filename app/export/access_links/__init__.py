"""Share links of Shadowsocks, VMess and VLESS: read strictly, written as the other programs write them.

Pure: nothing here opens a connection or a file. ``reading.read_links`` takes whatever a person pastes.
"""
