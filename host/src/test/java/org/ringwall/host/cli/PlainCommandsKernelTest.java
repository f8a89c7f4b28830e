// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.host.doctor.Doctor;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** What each command prints and does for a plain object, which clang made and not ringwallc. */
@KernelTest
class PlainCommandsKernelTest {
    private static final Path OBJECTS = GoldenCase.projectRoot().resolve("testdata/plain");
    private static final String DENY = OBJECTS.resolve("deny.o").toString();

    private static final String PARDON = OBJECTS.resolve("pardon.o").toString();

    @TempDir
    static Path boxed = Path.of("");

    private final CommandBox box;
    private final Cgroup one;
    private final Cgroup two;

    PlainCommandsKernelTest() throws IOException {
        box = new CommandBox("plain", boxed);
        one = box.cgroup("one");
        two = box.cgroup("two");
    }

    @BeforeEach
    void apply() {
        assertThat(box.ringwall(0, "apply", DENY, "--cgroup", one.toString()))
                .isEqualTo("deny@main: in force, plain object\n  " + one + ": connect4 connect6\n");
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void statusTreeAndDoctorSayThatItIsPlain() {
        assertThat(box.ringwall(0, "status", "--check"))
                .startsWith("deny@main: in force, plain object\n  applied: ")
                .endsWith("  " + one + ": connect4 connect6\n");
        assertThat(box.ringwall(0, "status", "--json")).contains("\"policy\":\"deny\"", "\"plain\":true");
        assertThat(box.ringwall(0, "tree", one.toString())).contains("deny@main, plain object\n");
        assertThat(box.ringwall(0, "tree", one.toString(), "--json")).contains("\"plain\":true");
        assertThat(Doctor.of(box.host).examine().stream().map(Object::toString))
                .anyMatch(line -> line.contains("deny@main") && line.contains("in force on 1 cgroup, plain object"));
    }

    @Test
    void aDryRunAndAnotherVersionSayWhatBecomesOfItsMaps() {
        String note =
                "ringwall: note: each version of a plain object starts with new maps and data that are not pinned by name:"
                        + " `last`, `.data`, `.bss`\n";
        assertThat(box.ringwall(0, "apply", DENY, "--dry-run"))
                .isEqualTo(note + "deny@main: can be applied here\n"
                        + "  replaces the plain object in force by the same object\n");
        assertThat(box.ringwall(0, "apply", DENY))
                .isEqualTo(note + "deny@main: in force, plain object\n  " + one + ": connect4 connect6\n");
        assertThat(box.ringwall(0, "apply", DENY, "--json")).contains("\"plain\":true");
        assertThat(box.attached(one)).hasSize(2);
    }

    @Test
    void cgroupsJoinAndLeaveAndItIsRemoved() {
        assertThat(box.ringwall(0, "join", "deny", "--cgroup", two.toString()))
                .isEqualTo("deny@main: in force also at `" + two + "`\n");
        assertThat(box.attached(two)).isEqualTo(box.attached(one)).hasSize(2);
        box.ringwall(0, "leave", "deny", "--cgroup", one.toString());
        assertThat(box.attached(one)).isEmpty();
        assertThat(KernelBox.withoutRuns(box.ringwall(0, "recover"))).isEmpty();
        assertThat(box.ringwall(0, "remove", "deny")).isEqualTo("deny@main: removed\n");
        assertThat(box.attached(two)).isEmpty();
        assertThat(box.ringwall(0, "status")).isEqualTo("no policy is in force\n");
    }

    @Test
    void syncAppliesWhatIsDeclared(@TempDir Path dir) throws IOException {
        box.ringwall(0, "remove", "deny");
        Path object = Files.copy(Path.of(DENY), dir.resolve("deny.o"));
        String place = box.host.cgroups().mount().relativize(one.path()).toString();
        Files.writeString(dir.resolve("a.yaml"), "policy: " + object + "\nplaces:\n  - path: " + place + "\n");
        box.ringwall(0, "sync", "--dir", dir.toString());
        assertThat(box.attached(one)).hasSize(2);
        assertThat(box.ringwall(0, "sync", "--dir", dir.toString(), "--check"))
                .contains("deny@main: in force as declared");
        Files.copy(OBJECTS.resolve("device.o"), object, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        box.ringwall(0, "sync", "--dir", dir.toString());
        assertThat(box.attached(one)).isEmpty();
        assertThat(box.ringwall(0, "status")).contains(one + ": device\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "apply DENY --param port=1: params",
                "apply DENY --monitor 1h: monitor mode",
                "apply DENY --confirm 1h: roll-back",
                "apply DENY --ring-size 64K: ring for records",
                "apply DENY --dry-run --confirm 1h: roll-back",
                "live list deny/x: live sets",
                "live add deny/x 1.1.1.1: live sets",
                "table list deny/x: tables",
                "counters deny: counters",
                "counters deny --csv: counters",
                "rates deny: rates",
                "events deny: records",
                "monitor deny --for 1h: monitor mode",
                "enforce deny: monitor mode"
            })
    void whatItHasNotIsRefused(String row) {
        String[] parts = row.split(": ", 2);
        String[] words = parts[0].replace("DENY", DENY).split(" ");
        assertThat(box.ringwall(1, words))
                .contains("ringwall: `deny", "is a plain object, which has no " + parts[1] + "\n  help: ");
        assertThat(box.attached(one)).hasSize(2);
    }

    @Test
    void itsVersionsAreNotConfirmed() {
        assertThat(box.ringwall(1, "confirm", "deny"))
                .startsWith("ringwall: `deny@main` is a plain object, whose versions cannot be confirmed or rolled");
    }

    @Test
    void oneThatOverridesAPolicyIsAppliedOnlyIfThatIsAccepted() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        String policy = box.ringwall(0, "apply", box.object, "--cgroup", two.toString());
        String name = policy.substring(0, policy.indexOf(':'));
        box.ringwall(0, "remove", "deny");
        for (Cgroup cgroup : List.of(two, box.host.cgroups().upwards(two).get(1))) {
            String sentence = "program `pardon` \\(tag [0-9a-f]{16}, for connect4 of `" + cgroup + "`\\) runs after `"
                    + name + "` of `" + two + "` and calls bpf_set_retval, which can turn a denial into success\n";
            String refused =
                    "ringwall: " + sentence + "  help: remove that from the object, or accept it: --accept-foreign\n";
            assertThat(box.ringwall(3, "apply", PARDON, "--cgroup", cgroup.toString()))
                    .matches(refused);
            assertThat(box.ringwall(3, "apply", PARDON, "--cgroup", cgroup.toString(), "--dry-run"))
                    .matches(refused);
            assertThat(box.ringwall(0, "status")).doesNotContain("pardon");
            box.ringwall(0, "apply", PARDON, "--cgroup", one.toString());
            assertThat(box.ringwall(3, "join", "pardon", "--cgroup", cgroup.toString()))
                    .matches(refused);
            box.ringwall(0, "remove", "pardon");
            assertThat(box.ringwall(0, "apply", PARDON, "--cgroup", cgroup.toString(), "--accept-foreign"))
                    .containsPattern("ringwall: note: " + sentence);
            assertThat(box.ringwall(4, "status", "--check"))
                    .contains("program `pardon` (id ", ") runs after the policy and calls bpf_set_retval");
            assertThat(box.ringwall(3, "apply", box.object)).contains("program `pardon` (id ");
            box.ringwall(0, "remove", "pardon");
        }
    }

    @Test
    void oneThatOverridesAndRunsBeforeAPolicyIsApplied() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        box.ringwall(0, "apply", PARDON, "--cgroup", two.toString());
        box.ringwall(0, "apply", box.object, "--cgroup", two.toString());
        box.ringwall(0, "status", "--check");
        assertThat(box.ringwall(3, "apply", PARDON, "--cgroup", two.toString(), "--instance", "again"))
                .contains("program `pardon` (tag ", ") runs after `");
    }

    @Test
    void oneThatOverridesIsReplacedOnlyIfThatIsAccepted() {
        RunningKernel.needs(5, 18, "bpf_set_retval");
        box.ringwall(0, "apply", PARDON, "--cgroup", two.toString());
        String sentence =
                "program `pardon` \\(tag [0-9a-f]{16}, for connect4\\) runs after the version that it replaces and"
                        + " calls bpf_set_retval, which can turn a denial into success; while both are attached, a request that"
                        + " both deny could pass\n";
        String refused =
                "ringwall: " + sentence + "  help: remove that from the object, or accept it: --accept-foreign\n";
        assertThat(box.ringwall(3, "apply", PARDON)).matches(refused);
        assertThat(box.ringwall(3, "apply", PARDON, "--dry-run")).matches(refused);
        assertThat(box.ringwall(0, "apply", PARDON, "--accept-foreign")).containsPattern("ringwall: note: " + sentence);
        assertThat(box.attached(two)).hasSize(1);
    }
}
