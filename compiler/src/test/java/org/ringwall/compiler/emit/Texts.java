// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.nio.ByteOrder;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.codegen.Target;

/** Policy texts that several tests share. */
final class Texts {
    /** A target whose programs can choose an errno. */
    static final Target NEW = new Target(KernelVersion.V6_1, ByteOrder.LITTLE_ENDIAN);

    /** All nine hooks, with conditions of every kind. */
    static final String EVERY_HOOK = """
            policy every_hook
            requires kernel 6.1

            set lab = { 192.0.2.0/24, 2001:db8::/32 }
            param proxy_port : port in 1024..65535 = 3128

            egress {
              deny EACCES if remote.ip in lab
              allow if remote.port == proxy_port
              allow if proto == tcp and remote.port in { 80, 443, 8000..8099 }
              allow if uid == 0 and gid == 0
              default deny
            }
            bind {
              allow if local.port in { 0, 8080..8090 } or local.ip == ::1
              default deny EACCES
            }
            devices {
              allow rw if dev in { "/dev/null", char 136:0..255 }
              default deny
            }
            sysctl {
              allow if read and name in { "kernel/hostname", "kernel/ostype", "vm/swappiness" }
              deny EACCES if name == "net/ipv4/ip_forward"
              default deny
            }
            """;

    /** Two allowed ports at one hook. */
    static final String TWO_PORTS = """
            policy two_ports
            on connect4 {
              allow if remote.port in { 80, 443 }
              default deny
            }
            """;

    /** Ten IPv4 prefixes at one hook. */
    static final String TEN_PREFIXES = """
            policy ten_prefixes
            set feed = {
              10.1.0.0/16, 31.13.64.0/18, 45.9.148.0/24, 62.4.8.0/21, 81.2.69.0/24,
              103.5.140.0/22, 128.66.0.0/16, 172.16.0.0/12, 198.51.100.0/24, 203.0.113.0/24
            }
            on connect4 {
              deny if remote.ip in feed
              default allow
            }
            """;

    private Texts() {}
}
