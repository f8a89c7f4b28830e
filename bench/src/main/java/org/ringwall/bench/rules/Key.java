// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.HexFormat;

/** A request to a list of rules, made by a system call that can be repeated. */
public sealed interface Key {
    /** Returns the line that the driver reads: a word for the system call, and its arguments. */
    String line();

    /** connect(2) of a UDP or TCP socket; `port` is in host byte order. */
    record Connect(boolean tcp, Address address, int port) implements Key {
        public Connect {
            if (port < 1 || port > 0xffff) {
                throw new IllegalArgumentException("no port: " + port);
            }
        }

        @Override
        public String line() {
            return (tcp ? "tcp " : "udp ") + HexFormat.of().formatHex(address.bytes()) + " " + port;
        }
    }

    /**
     * faccessat(2) of a device node, which runs the hook and opens nothing.
     *
     * @param type 1 block or 2 char, as BPF_DEVCG_DEV_*
     * @param access the requested access, as BPF_DEVCG_ACC_*: 2 to read, 4 to write
     */
    record Access(int type, int major, int minor, int access) implements Key {
        public Access {
            if ((access & ~(DeviceRule.READ | DeviceRule.WRITE)) != 0 || access == 0) {
                throw new IllegalArgumentException("faccessat asks to read, to write or both");
            }
        }

        /** Returns the name of its node, which is the same for every access. */
        public String node() {
            return (type == DeviceRule.BLOCK ? "b" : "c") + major + "-" + minor;
        }

        @Override
        public String line() {
            // R_OK is 4, W_OK is 2.
            int mode = ((access & DeviceRule.READ) != 0 ? 4 : 0) | ((access & DeviceRule.WRITE) != 0 ? 2 : 0);
            return "access " + mode + " " + node();
        }
    }

    /** read(2) of an open file in /proc/sys. */
    record Read(String name) implements Key {
        @Override
        public String line() {
            return "read " + name;
        }
    }

    /** sendto(2) of one byte by UDP over the loopback device. */
    record Send(Address address, int port) implements Key {
        @Override
        public String line() {
            return "send " + HexFormat.of().formatHex(address.bytes()) + " " + port;
        }
    }

    /** open(2), write(2) and close(2) of a file in /proc/sys. */
    record Write(String name, String value) implements Key {
        @Override
        public String line() {
            return "write " + name + " " + value;
        }
    }

    /** setsockopt(2) of a UDP socket, with a value of four bytes. */
    record SetOption(int level, int option, int value) implements Key {
        @Override
        public String line() {
            return "set " + level + " " + option + " " + value;
        }
    }

    /** getsockopt(2) of a UDP socket, with a buffer of four bytes. */
    record GetOption(int level, int option) implements Key {
        @Override
        public String line() {
            return "get " + level + " " + option;
        }
    }
}
