#!/usr/bin/env bash
# Make the rosbridge server start in an environment of ROS wheels, and try it: mend_ros.sh VENV
# The wheels come from PyPI and lack what a ROS installation has around them:
#   the right to run the server's programs, which some installers drop;
#   librmw_implementation.so, which only chooses between middlewares: here there is one, Fast DDS;
#   libpython, which message libraries use without naming it: the server is started with it preloaded.
set -euo pipefail
venv=$(cd "$1" && pwd)
libpython=libpython3.11.so.1.0

site=("$venv"/lib/python3.*/site-packages)
server=${site[0]}/rosbridge_server_rs/rosbridge_server_rs_jazzy
[[ -x $server ]] || chmod +x "$server"
ln -sfn librmw_fastrtps_cpp.so "$venv/lib/librmw_implementation.so"

# The path of the library: what the dynamic loader maps when this Python asks for it by name.
probe='import ctypes, sys
ctypes.CDLL(sys.argv[1])
print(next(line.split()[-1] for line in open("/proc/self/maps") if line.rstrip().endswith(sys.argv[1])))'
NEED_PYTHON=$venv/bin/python "$(dirname "$0")/need.sh" "the ROS bridge of the tests" "libpython3.11=@lib:$libpython"
ln -sfn "$("$venv/bin/python" -c "$probe" "$libpython")" "$venv/lib/preload-$libpython"

libraries=$("$venv/bin/python" -c 'import os; print(os.environ["LD_LIBRARY_PATH"])')
try() {
    local said
    if ! said=$("${@:2}" 2>&1); then
        echo "$1 in $venv does not start: $(tail -n 1 <<<"$said"). Remove $venv and run make again; if that does not help, leave its tests out with .venv/bin/pytest -m 'not ros'." >&2
        exit 1
    fi
}
try "ROS 2" "$venv/bin/python" -c 'import rclpy, test_msgs.action, std_srvs.srv, sensor_msgs.msg; rclpy.init(); rclpy.shutdown()'
try "The rosbridge server" env LD_LIBRARY_PATH="$libraries" LD_PRELOAD="$venv/lib/preload-$libpython" \
    AMENT_PREFIX_PATH="$venv" RMW_IMPLEMENTATION=rmw_fastrtps_cpp ROS_DISTRO=jazzy "$server" --help
