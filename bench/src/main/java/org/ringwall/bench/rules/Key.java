package org.ringwall.bench.rules;

import java.util.HexFormat;

/** One question to a list of rules that a system call can be made for again and again. */
public sealed interface Key {
    /** As the driver reads it: a word for the call, and its arguments. */
    String line();

    /** connect(2) of a UDP or a TCP socket; `port` in host order. */
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
     * faccessat(2) of a device node, which asks the hook and opens nothing.
     *
     * @param type 1 block or 2 char, as BPF_DEVCG_DEV_*
     * @param access what is asked, as BPF_DEVCG_ACC_*: 2 to read, 4 to write
     */
    record Access(int type, int major, int minor, int access) implements Key {
        public Access {
            if ((access & ~(DeviceRule.READ | DeviceRule.WRITE)) != 0 || access == 0) {
                throw new IllegalArgumentException("faccessat asks to read, to write or both");
            }
        }

        /** The name of its node, for all accesses. */
        public String node() {
            return (type == DeviceRule.BLOCK ? "b" : "c") + major + "-" + minor;
        }

        @Override
        public String line() {
            // R_OK 4, W_OK 2.
            int mode = ((access & DeviceRule.READ) != 0 ? 4 : 0) | ((access & DeviceRule.WRITE) != 0 ? 2 : 0);
            return "access " + mode + " " + node();
        }
    }

    /** read(2) of a file below /proc/sys that is open already. */
    record Read(String name) implements Key {
        @Override
        public String line() {
            return "read " + name;
        }
    }

    /** write(2) of a digit to a file below /proc/sys that is open already. */
    record Write(String name) implements Key {
        @Override
        public String line() {
            return "write " + name;
        }
    }

    /** sendto(2) of one byte by UDP over the loopback device. */
    record Send(Address address, int port) implements Key {
        @Override
        public String line() {
            return "send " + HexFormat.of().formatHex(address.bytes()) + " " + port;
        }
    }
}
