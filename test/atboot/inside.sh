#!/bin/sh
# A user's own systemd, alone with its processes, folders and control groups,
# runs ammarctl as `ammarctl enable` has it. Called by the test beside it, as
# the first process of new namespaces; $1 is a folder with the binary.
set -eu
work=$1
fail() { echo "FAILED: $*"; "$ammarctl" ps || true; journal; exit 1; }
journal() { tail -n 40 "$work/systemd.log"; }

mount --make-rprivate /
umount -l /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /run
ip link set lo up
mkdir -p /run/systemd/system /run/user/0 "$work/home/Public" "/sys/fs/cgroup/$2"
chmod 700 /run/user/0
echo $$ >"/sys/fs/cgroup/$2/cgroup.procs"
export XDG_RUNTIME_DIR=/run/user/0 HOME=$work/home
unset XDG_CONFIG_HOME XDG_STATE_HOME DBUS_SESSION_BUS_ADDRESS
cd "$HOME"
ammarctl=$work/ammarctl

/lib/systemd/systemd --user --log-target=console >"$work/systemd.log" 2>&1 &
systemd=$!
left() {
	kill "$systemd"
	wait "$systemd" || true
	echo $$ >/sys/fs/cgroup/cgroup.procs
	find "/sys/fs/cgroup/$2" -depth -type d -exec rmdir {} + 2>/dev/null || true
}
trap 'left "$@"' EXIT
n=0
until systemctl --user show-environment >/dev/null 2>&1; do
	n=$((n + 1))
	[ $n -lt 200 ] || fail 'systemd --user does not come up'
	sleep 0.1
done

await() { # WHAT COMMAND...
	what=$1
	shift
	n=0
	until "$@"; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "$what"
		sleep 0.1
	done
}
serves() { [ "$(curl -sf --max-time 20 http://127.0.0.1:8080/hello)" = good-day ]; }
supervisor() { "$ammarctl" info --json 2>/dev/null | sed -n 's/.*"supervisor_pid": \([0-9]*\).*/\1/p'; }
service() { "$ammarctl" ps --json 2>/dev/null | sed -n 's/.*"pid": \([0-9]*\).*/\1/p'; }
another() { s=$(supervisor) && [ -n "$s" ] && [ "$s" != "$before" ]; }
ready() { "$ammarctl" ps --json | grep -q '"state": "ready"'; }

echo good-day >Public/hello
printf '[service.files]\nport = 8080\nroot = "Public"\n' >ammar.toml
"$ammarctl" enable
await 'the service does not serve' serves
"$ammarctl" info | grep "^keeper  *pid $systemd\$" || fail 'systemd is not the keeper'
systemctl --user is-enabled ammarctl.service
[ "$(systemctl --user show -p ActiveState --value ammarctl)" = active ] || fail 'the unit is not active'

# The supervisor is killed: systemd starts the next, and the service goes on.
before=$(supervisor)
pid=$(service)
kill -9 "$before"
await 'no supervisor comes after the one that was killed' another
await 'the service is not ready under the next supervisor' ready
[ "$(service)" = "$pid" ] || fail "the service was started anew: $(service) after $pid"
serves || fail 'the service does not serve after the supervisor was killed'
systemctl --user show -p NFileDescriptorStore ammarctl | grep -v '=0$' || fail 'systemd keeps no descriptors'

# A service that crashes is the supervisor's affair.
kill -9 "$pid"
await 'the service does not serve after it was killed' serves

# As at the next boot: systemd starts what is enabled.
systemctl --user stop ammarctl
! serves || fail 'the service goes on after the stop'
systemctl --user start default.target
await 'the service does not serve after a start of default.target' serves

"$ammarctl" disable
! serves || fail 'the service goes on after disable'
[ ! -e .config/systemd/user/ammarctl.service ] || fail 'the unit is left'

# The same service without a supervisor, as the exported units have it: the
# socket starts it, and it is started again. Its own /tmp is another, so that
# what it needs is elsewhere; a user's systemd takes no User=.
mkdir /run/outside /run/outside/Public
cp "$ammarctl" /run/outside/ammarctl
cp Public/hello /run/outside/Public/
cp ammar.toml /run/outside/
cd /run/outside
./ammarctl export systemd --user root -o units
mkdir -p "$HOME/.config/systemd/user"
for unit in units/*; do grep -v '^User=' "$unit" >"$HOME/.config/systemd/user/${unit#units/}"; done
systemctl --user daemon-reload
systemctl --user start ammarctl-files.socket
serves || { systemctl --user status ammarctl-files.service; fail 'the socket does not start the service'; }
pid=$(systemctl --user show -p MainPID --value ammarctl-files.service)
[ "$(sed -n 's/^NoNewPrivs:[^0-9]*//p' "/proc/$pid/status")" = 1 ] || fail 'the service is not hardened'
kill -9 "$pid"
serves || fail 'the service does not serve after it was killed under systemd'
systemctl --user stop ammarctl-files.socket ammarctl-files.service
echo PASSED
