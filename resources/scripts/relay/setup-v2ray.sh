#!/bin/sh
# RelayTray: setting a relay up, v2ray or Xray as a service. See setup-common.sh and setup-services.sh.
# shellcheck disable=SC2034,SC2154,SC2015 # the parts share their variables; "fail" ends the script

left_v2ray() { :; }

undo_v2ray() { :; }
