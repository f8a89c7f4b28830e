// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ir.switches.EffectCosts;
import org.ringwall.compiler.source.SourceFile;

class EffectCostsTest {
    private static final String POLICY = """
            policy costs
            live set opened : net max 100
            live set listed : ip max 1000
            counter all { n: attempts }
            counter each [remote.port] { n: attempts, last: time } max 1000
            rate calls 5/s burst 5
            on connect4 {
              deny if remote.ip in listed
              allow if remote.ip in opened { count all }
              allow if remote.port == 80 within calls { count each }
              default deny { log at most 3/s }
            }
            on connect6 { default allow }
            """;

    private static final String WRITTEN = """
            policy written
            requires kernel 6.7
            answer SO_ORIGINAL_DST
            egress {
              redirect [2001:db8::1]:15001 if proto == tcp and remote.port == 80
              default allow
            }
            on sock_ops {
              when rwnd_init { reply 40 }
              when active_established { setsockopt TCP_NODELAY = 1; setsockopt TCP_CONGESTION = "dctcp" }
            }
            on sysctl {
              when write and name == "net/ipv4/tcp_syncookies" { assign new_value = "1" }
              default allow
            }
            on connect_unix {
              deny if path == "/dev/null" { log }
              when path == "/dev/log" { assign path = "@filter" }
              default allow
            }
            on getsockopt {
              when option == 1:9999 and retval != 0 { assign retval = 0; assign optlen = 4; assign optval = 1 }
              default allow
            }
            """;

    private static List<String> costs(Compilation compilation, Hook hook) {
        return compilation.routines().stream()
                .filter(routine -> routine.hook() == hook)
                .map(routine -> EffectCosts.of(compilation.policy(), routine))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void saysWhatItCostsToWrite() {
        Compilation compilation = Compiler.compile(new SourceFile("written.wall", WRITTEN), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        assertThat(costs(compilation, Hook.CONNECT6))
                .containsExactly(
                        "line 4: removes the original destination, 20.0 ns",
                        "line 5: stores the original destination, 20.0 ns",
                        "line 5: writes `user_ip6`, 4.0 ns",
                        "line 5: writes `user_port`, 2.0 ns");
        assertThat(costs(compilation, Hook.SOCK_OPS))
                .containsExactlyInAnyOrder(
                        "line 8: hands over the original destination, 210.0 ns",
                        "line 8: receives the original destination, 698.0 ns",
                        "line 9: writes `reply`, 2.0 ns",
                        "line 10: setsockopt `TCP_NODELAY`, 22.0 ns",
                        "line 10: setsockopt `TCP_CONGESTION`, 22.2 ns");
        assertThat(costs(compilation, Hook.SYSCTL)).containsExactly("line 13: writes `new_value`, 58.8 ns");
        assertThat(costs(compilation, Hook.CONNECT_UNIX))
                .containsExactlyInAnyOrder("line 17: log, 9 calls, 305.6 ns", "line 18: writes `path`, 19.2 ns");
        assertThat(costs(compilation, Hook.GETSOCKOPT))
                .containsExactlyInAnyOrder(
                        "line 22: answers with the original destination, 24.0 ns",
                        "line 22: writes `retval`, 2.0 ns",
                        "line 22: writes `optlen`, 2.0 ns",
                        "line 22: writes `optval`, 2.0 ns",
                        "line 23: answers with the original destination, 24.0 ns");
    }

    @Test
    void saysWhatEachQuestionAndEachEffectCostsAtItsHook() {
        Compilation compilation = Compiler.compile(new SourceFile("costs.wall", POLICY), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        List<String> lines =
                EffectCosts.of(compilation.policy(), compilation.routines().get(0));
        assertThat(lines)
                .containsExactlyInAnyOrder(
                        "line 8: in live set `listed`, 54.0 ns",
                        "line 9: in live set `opened`, 64.0 ns",
                        "line 9: count `all`, 5.5 ns",
                        "line 10: writes `user_ip4`, 2.0 ns",
                        "line 10: rate `calls`, 116.0 ns",
                        "line 10: count `each`, 111.0 ns",
                        "line 11: at most, 116.0 ns",
                        "line 11: log, 7 calls, 225.3 ns");
        assertThat(EffectCosts.of(compilation.policy(), compilation.routines().get(1)))
                .isEmpty();
        assertThat(Stage.FORMS.print(compilation)).contains(lines).contains("connect6\n");
    }
}
