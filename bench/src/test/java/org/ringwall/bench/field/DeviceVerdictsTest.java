package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.rules.DeviceRule;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;

/**
 * Our program and the one that a runtime loads give the same verdict for each type, each access that the kernel knows, and each
 * major and minor number at which a list changes its mind.
 */
class DeviceVerdictsTest {
    private static final int TEST_AND_ANSWERS = 2 + 4;
    private static final int MOST_MAJOR = 0xfff;
    private static final int MOST_MINOR = 0xfffff;
    private static final Environment KERNEL = Environment.of(KernelVersion.V5_10);

    @Test
    void runcsDefaults() {
        sameVerdicts(DeviceRules.ofRunc(), DeviceFilter.RUNC, 24);
    }

    @Test
    void dockersDefaults() {
        sameVerdicts(DeviceRules.ofDocker(), DeviceFilter.RUNC, 24);
    }

    @Test
    void crunsDefaults() {
        sameVerdicts(DeviceRules.ofCrun(), DeviceFilter.CRUN, 24);
    }

    @Test
    void systemdsDefaults() {
        sameVerdicts(DeviceRules.ofSystemd(), DeviceFilter.SYSTEMD, 40);
    }

    @Test
    void drawnDevices() {
        sameVerdicts(DeviceRules.drawn(10, new SplittableRandom(10)), DeviceFilter.RUNC, 34);
        sameVerdicts(DeviceRules.drawn(16, new SplittableRandom(16)), DeviceFilter.CRUN, 34);
    }

    /** What runtimes cannot load any more is compared with the list itself. */
    @Test
    void aThousandDevices() {
        DeviceRules rules = DeviceRules.drawn(1_000, new SplittableRandom(1));
        LoadedProgram ours = ours(rules, 45);
        for (DeviceRule rule : rules.rules().subList(0, 200)) {
            for (int change : List.of(0, 1, 2)) {
                int type = change == 1 ? 3 - rule.type() : rule.type();
                int major = rule.major().orElseThrow();
                int minor = rule.minor().orElseThrow() + change / 2;
                boolean allowed = rules.rules().contains(DeviceRule.of(type, major, minor, rule.access()));
                assertThat(verdict(ours, type, 6, major, minor))
                        .as("%d %d:%d", type, major, minor)
                        .isEqualTo(allowed ? 1 : 0);
                assertThat(verdict(ours, type, 6, major + 2048, minor)).isZero();
            }
        }
    }

    private static void sameVerdicts(DeviceRules rules, DeviceFilter filter, int slots) {
        LoadedProgram theirs = LoadedProgram.of(filter.whole(rules));
        LoadedProgram ours = ours(rules, slots);
        TreeSet<Integer> majors = new TreeSet<>(List.of(0, 2047, 2048, MOST_MAJOR));
        TreeSet<Integer> minors = new TreeSet<>(List.of(0, 63, 64, 255, 256, MOST_MINOR));
        for (DeviceRule rule : rules.rules()) {
            rule.major().ifPresent(major -> majors.addAll(List.of(Math.max(0, major - 1), major, major + 1)));
            rule.minor().ifPresent(minor -> minors.addAll(List.of(Math.max(0, minor - 1), minor, minor + 1)));
        }
        for (int type = 1; type <= 2; type++) {
            // The kernel asks about nothing at access 0, and nobody has yet said what a fourth bit is.
            for (int access = 1; access <= 7; access++) {
                for (int major : majors) {
                    for (int minor : minors) {
                        assertThat(verdict(ours, type, access, major, minor))
                                .as("type %d access %d device %d:%d", type, access, major, minor)
                                .isEqualTo(verdict(theirs, type, access, major, minor));
                    }
                }
            }
        }
    }

    /** The program, which has no more slots than these beside the check of generations. */
    private static LoadedProgram ours(DeviceRules rules, int slots) {
        BpfObject object = object(rules);
        ProgramSpec program = object.programs().get(0);
        assertThat(program.slots() - check()).isLessThanOrEqualTo(slots);
        return LoadedProgram.of(object, program);
    }

    private static BpfObject object(DeviceRules rules) {
        return Compiler.compile(new SourceFile("devices.wall", rules.policy()), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object();
    }

    /** The slots of the check of generations: all that a program has that denies every access, but its one test and two answers. */
    private static int check() {
        String text = "policy shut\ndevices { default deny }\n";
        ProgramSpec shut = Compiler.compile(new SourceFile("shut.wall", text), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object()
                .programs()
                .get(0);
        return shut.slots() - TEST_AND_ANSWERS;
    }

    private static int verdict(LoadedProgram program, int type, int access, int major, int minor) {
        Context context = Context.zero(ContextStruct.DEVICE)
                .with("access_type", (long) access << 16 | type)
                .with("major", major)
                .with("minor", minor);
        Outcome outcome = Machine.run(program, Hook.DEVICE, context, KERNEL);
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return (int) ((Outcome.Returned) outcome).r0();
    }
}
