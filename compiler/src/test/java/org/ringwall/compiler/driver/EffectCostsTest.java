package org.ringwall.compiler.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.form.EffectCosts;
import org.ringwall.compiler.source.SourceFile;

class EffectCostsTest {
    private static final String POLICY = """
            policy costs
            live set opened : net max 100
            counter all { n: attempts }
            counter each [remote.port] { n: attempts, last: time } max 1000
            rate calls 5/s burst 5
            on connect4 {
              allow if remote.ip in opened { count all }
              allow if remote.port == 80 within calls { count each }
              default deny { log at most 3/s }
            }
            on connect6 { default allow }
            """;

    @Test
    void saysWhatEachQuestionAndEachEffectCostsAtItsHook() {
        Compilation compilation = Compiler.compile(new SourceFile("costs.wall", POLICY), Settings.DEFAULT)
                .compilation()
                .orElseThrow();
        List<String> lines =
                EffectCosts.of(compilation.policy(), compilation.routines().get(0));
        assertThat(lines)
                .containsExactlyInAnyOrder(
                        "line 7: in live set `opened`, 64.0 ns",
                        "line 7: count `all`, 5.5 ns",
                        "line 8: rate `calls`, 116.0 ns",
                        "line 8: count `each`, 111.0 ns",
                        "line 9: at most, 116.0 ns",
                        "line 9: log, 7 calls, 225.3 ns");
        assertThat(EffectCosts.of(compilation.policy(), compilation.routines().get(1)))
                .isEmpty();
        assertThat(Stage.FORMS.print(compilation)).contains(lines).contains("connect6\n");
    }
}
