// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.host.doctor.Doctor;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.Diagnosis.Level;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/** `doctor` on the running kernel, as root and without privileges. */
@KernelTest
class DoctorKernelTest {
    private static final List<String> NO_PRIVILEGE = List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");

    @TempDir
    private Path dir = Path.of("");

    private List<CommandBox> open = List.of();

    private CommandBox box() {
        return open.get(0);
    }

    @BeforeEach
    void start() throws IOException {
        open = List.of(new CommandBox("doctor", dir));
    }

    @AfterEach
    void clean() {
        open.forEach(CommandBox::close);
    }

    private List<Diagnosis> about(String subject) {
        return Doctor.of(box().host).examine().stream()
                .filter(each -> each.subject().equals(subject))
                .toList();
    }

    @Test
    void findsTheFeaturesOfThisKernelWithoutLeavingAnything() throws IOException {
        List<String> before = names();
        List<Diagnosis> found = Doctor.of(box().host).examine();
        assertThat(found)
                .extracting(Diagnosis::subject)
                .contains(
                        "ringwall",
                        "kernel",
                        "privileges",
                        "cgroups",
                        "bpffs",
                        "lockdown",
                        "unprivileged bpf",
                        "jit",
                        "terminals",
                        "links",
                        "records",
                        "helpers",
                        "timers",
                        "hooks",
                        "order",
                        "policies");
        assertThat(found).allSatisfy(each -> {
            assertThat(each.text()).doesNotContain("cannot be examined");
            assertThat(each.help().isEmpty()).as(each.toString()).isEqualTo(each.level() == Level.OK);
        });
        for (String subject : List.of("privileges", "links", "records")) {
            assertThat(about(subject)).extracting(Diagnosis::level).containsExactly(Level.OK);
        }
        assertThat(about("policies")).containsExactly(new Diagnosis(Level.OK, "policies", "none is in force", ""));
        assertThat(names()).isEqualTo(before);
    }

    private static List<String> names() throws IOException {
        try (Stream<Path> all = Files.walk(BpffsPins.MOUNT)) {
            return all.map(Path::toString).sorted().toList();
        }
    }

    @Test
    void reportsPolicyHealthAndExitsWithFourIfNotEnforced() throws IOException {
        Cgroup one = box().cgroup("one");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString());
        assertThat(about("web@main")).extracting(Diagnosis::level).containsExactly(Level.OK);
        box().ringwall(0, "monitor", "web", "--for", "5m");
        assertThat(about("web@main")).extracting(Diagnosis::level).containsExactly(Level.WARNING);
        box().ringwall(0, "enforce", "web");
        Path pin;
        try (Stream<Path> pins = Files.walk(box().pins.resolve("v1/web@main"))) {
            pin = pins.filter(each -> each.endsWith(String.format(Locale.ROOT, "connect6-%016x", one.id())))
                    .findFirst()
                    .orElseThrow();
        }
        try (Fd link = box().host.bpf().objGet(pin)) {
            box().host.bpf().linkDetach(link);
        }
        assertThat(box().ringwall(4, "doctor"))
                .contains("\nproblem  web@main: another process detached connect6 of " + one + "\n         help: ")
                .doesNotContain("\u001b");
        assertThat(box().ringwall(4, "doctor", "--json"))
                .startsWith("{\"findings\":[{\"level\":\"ok\",\"subject\":\"ringwall\",\"text\":\"version ")
                .contains(
                        "{\"level\":\"problem\",\"subject\":\"web@main\",\"text\":\"another process detached connect6");
    }

    /** What makes every `apply` fail is a problem. */
    @Test
    void pinsThatCannotBeKeptAreAProblem() throws IOException, InterruptedException {
        assertThat(about("bpffs")).extracting(Diagnosis::level).doesNotContain(Level.PROBLEM);
        List<String> readOnly =
                List.of("unshare", "--mount", "sh", "-c", "mount -o remount,bind,ro /sys/fs/bpf && exec \"$@\"", "sh");
        Cgroup one = box().cgroup("one");
        assertThat(PinnedElsewhere.run(readOnly, box().pins, "apply", box().object, "--cgroup", one.toString())
                        .code())
                .isEqualTo(3);
        Spawned.End end = PinnedElsewhere.run(readOnly, box().pins, "doctor");
        assertThat(end.said())
                .contains("problem  bpffs: cannot change `/sys/fs/bpf`: Read-only file system\n"
                        + "         help: mount that file system writable");
        assertThat(end.code()).isEqualTo(4);
        Files.createDirectory(box().pins);
        Files.setAttribute(box().pins, "unix:uid", 65_534);
        try {
            box().ringwall(3, "apply", box().object, "--cgroup", one.toString());
            assertThat(box().ringwall(4, "doctor"))
                    .contains("problem  bpffs: `" + box().pins + "` was created by the user with uid 65534, who could");
        } finally {
            Files.delete(box().pins);
        }
    }

    @Test
    void reportsThatMonitorModeHasEndedByItself() throws IOException {
        Cgroup one = box().cgroup("one");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString());
        box().ringwall(0, "monitor", "web", "--for", "1s", "--reason", "a try");
        Guard.await(
                "monitor mode has ended", () -> !about("web@main").get(0).text().startsWith("monitored"));
        assertThat(about("web@main")).extracting(Diagnosis::level).containsExactly(Level.OK, Level.WARNING);
        assertThat(about("web@main").get(1).text())
                .matches("its monitor mode ended by itself [0-9]+s ago, and it denies since \\(a try\\)");
        box().ringwall(0, "enforce", "web");
        assertThat(about("web@main")).extracting(Diagnosis::level).containsExactly(Level.OK);
    }

    @Test
    void reportsDeclaredPoliciesThatAreNotInForce() throws IOException {
        Cgroup one = box().cgroup("one");
        Path mount = box().host.cgroups().mount();
        Path declared = Files.createDirectory(dir.resolve("policies.d"));
        Files.writeString(
                declared.resolve("web.yaml"),
                "policy: " + box().object + "\nplaces:\n  - path: " + mount.relativize(one.path()) + "\n");
        String[] doctor = {"doctor", "--dir", declared.toString()};
        assertThat(box().ringwall(4, doctor))
                .contains("problem  web@main: declared in " + declared + "/web.yaml, and not in force as declared: ");
        box().ringwall(0, "sync", "--dir", declared.toString());
        assertThat(box().ringwall(0, doctor)).contains("ok       declared policies: 1 as declared\n");
        try (OutputStream writer = Files.newOutputStream(declared.resolve("part.yaml"))) {
            writer.write("policy: ".getBytes(StandardCharsets.UTF_8));
            assertThat(box().ringwall(0, doctor))
                    .contains(
                            "warning  declared policies: a declaration is being written, and is not compared",
                            "ok       declared policies: 1 others as declared\n");
        }
        Files.delete(declared.resolve("part.yaml"));
        Files.writeString(declared.resolve("bad.yaml"), "policy: [\n");
        assertThat(box().ringwall(4, doctor))
                .contains(
                        "problem  declared policies: declared in " + declared + "/bad.yaml, and not in force",
                        "ok       declared policies: 1 others as declared\n");
        assertThat(box().ringwall(0, "doctor", "--dir", dir.resolve("none").toString()))
                .doesNotContain("declared policies");
    }

    /** All that needs no privilege is shown, and the rest is named. */
    @Test
    void reportsWhatItCannotExamineWithoutPrivileges() throws IOException, InterruptedException {
        Cgroup one = box().cgroup("one");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString());
        Spawned.End end = PinnedElsewhere.run(NO_PRIVILEGE, box().pins, "doctor");
        assertThat(end.said())
                .contains("ok       kernel: ", "warning  privileges: this process lacks CAP_BPF CAP_NET_ADMIN ")
                .contains("warning  links: cannot be examined: ")
                .containsPattern("warning  (policies: cannot be examined|web@main: it cannot be determined whether id)")
                .doesNotContain("this is a bug");
        assertThat(end.code()).isIn(0, 4);
    }
}
