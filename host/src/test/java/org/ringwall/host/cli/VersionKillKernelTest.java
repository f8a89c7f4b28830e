// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.host.cli.CommandTable.Ended;
import org.ringwall.loader.fixtures.SignedBundles;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.loader.trust.TrustedKey;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.Step;

/**
 * SIGKILL before each change of a command that puts another version of a signed policy in force. No
 * version is ever in force for good that is higher than the one recorded, so that an older bundle
 * is refused as soon as the newer one decides.
 */
@KernelTest
class VersionKillKernelTest {
    /** Every N-th change is killed: a few of them are between two changes of what is in force. */
    private static final int STEP = Math.max(Soak.size(3, 1), Step.SIZE);

    private static final SigningKey KEY = SigningKey.generate(KeyAlgorithm.ED25519);

    @TempDir
    private Path dir = Path.of("");

    private Optional<CommandBox> opened = Optional.empty();
    private Optional<Cgroup> cgroup = Optional.empty();

    @BeforeEach
    void trustAKey() throws IOException {
        CommandBox box = new CommandBox("versions", dir);
        opened = Optional.of(box);
        cgroup = Optional.of(box.cgroup("a"));
        trust().add(new TrustedKey(KEY.publicKey(), List.of(), Optional.empty(), Optional.empty()));
        Files.createDirectory(dir.resolve("policies.d"));
        Files.writeString(
                dir.resolve("policies.d/web.yaml"),
                "policy: " + SignedBundles.write(dir, "8", KEY) + "\nplaces:\n  - path: "
                        + cgroup.orElseThrow().path() + "\n");
        SignedBundles.write(dir, "7", KEY);
    }

    @AfterEach
    void clean() {
        box().close();
    }

    private CommandBox box() {
        return opened.orElseThrow();
    }

    /** A command, and those before it. V7 and V8 are bundles of these versions. */
    enum Row {
        FIRST(List.of(), "apply V8 --cgroup CGROUP"),
        UPGRADE(List.of("apply V7 --cgroup CGROUP"), "apply V8"),
        SYNC(List.of("apply V7 --cgroup CGROUP"), "sync --dir DECLARED"),
        CONFIRM(List.of("apply V7 --cgroup CGROUP", "apply V8 --confirm 1h"), "confirm web"),
        DOWNGRADE(List.of("apply V8 --cgroup CGROUP"), "apply V7 --allow-downgrade"),
        CONFIRM_DOWNGRADE(
                List.of("apply V8 --cgroup CGROUP", "apply V7 --allow-downgrade --confirm 1h"), "confirm web");

        private final List<String> before;
        private final String command;

        Row(List<String> before, String command) {
            this.before = before;
            this.command = command;
        }
    }

    private TrustFiles trust() {
        return TrustFiles.below(dir.resolve("host"));
    }

    private Ended run(Supplier<LoaderHost> host, String command) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        String words = command.replace("V7", dir.resolve("7.wallpack").toString())
                .replace("V8", dir.resolve("8.wallpack").toString())
                .replace("CGROUP", cgroup.orElseThrow().toString())
                .replace("DECLARED", dir.resolve("policies.d").toString());
        int code = new Ringwall(host, InputStream.nullInputStream(), stream, stream, Optional.empty(), trust())
                .execute(words.split(" ", -1));
        return new Ended(code, said.toString(StandardCharsets.UTF_8));
    }

    private Ended run(String command) {
        return run(() -> LoaderHost.ofThisMachine(box().pins), command);
    }

    private void done(String command) {
        Ended ended = run(command);
        assertThat(ended.code()).as(command + " " + ended.said()).isZero();
    }

    /** Returns the version that decides, with or without the one before it; 0 if there is none. */
    private int inForce() {
        return box().host.status().stream()
                .filter(each -> each.generation() != 0)
                .flatMap(each -> each.origin().stream())
                .flatMap(origin -> origin.bundle().map(BundleOrigin::version).stream())
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElse(0);
    }

    private boolean waits() {
        return box().host.status().stream().anyMatch(each -> each.confirmation().isPresent());
    }

    /** Returns the version recorded; 0 if there is none. */
    private int recorded() {
        try {
            return Files.readAllLines(dir.resolve("host/var/lib/ringwall/versions")).stream()
                    .filter(line -> line.startsWith("web "))
                    .mapToInt(line -> Integer.parseInt(line.split(" ")[1]))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void prepare(Row row) throws IOException {
        for (String name : box().host.pins().list(box().host.pins().root())) {
            done("remove " + name);
        }
        Files.deleteIfExists(dir.resolve("host/var/lib/ringwall/versions"));
        // The first key begins the record.
        trust().remove(KEY.publicKey().id());
        trust().add(new TrustedKey(KEY.publicKey(), List.of(), Optional.empty(), Optional.empty()));
        row.before.forEach(this::done);
    }

    @ParameterizedTest
    @EnumSource(Row.class)
    void noKillLeavesAVersionInForceThatIsHigherThanTheRecord(Row row) throws IOException {
        if (row.before.stream().anyMatch(each -> each.contains("--confirm"))) {
            RunningKernel.needs(5, 15, "timers of BPF programs");
        }
        prepare(row);
        Kills none = new Kills(-1);
        Ended whole =
                none.run(() -> run(() -> none.host(box().pins), row.command)).orElseThrow();
        assertThat(whole.code()).as(whole.said()).isZero();
        int last = inForce();
        assertThat(recorded()).isEqualTo(last);
        TreeSet<String> states = new TreeSet<>();
        for (int at = 0; at < none.made().size(); at += STEP) {
            prepare(row);
            Kills kills = new Kills(at);
            Optional<Ended> ended = kills.run(() -> run(() -> kills.host(box().pins), row.command));
            String as = row + " killed before change " + at + " of " + kills.made() + " " + ended;
            assertThat(ended).as(as).isEmpty();
            states.add("in force " + inForce() + ", recorded " + recorded());
            check(as);
            done("recover");
            check(as + ", recovered");
            repeat(row, as);
            assertThat(inForce()).as(as).isEqualTo(last);
            assertThat(recorded()).as(as).isEqualTo(last);
        }
        System.out.println("versions: " + row + ": " + none.made().size() + " changes, " + states);
        // The record of a confirmed downgrade is lowered after the last of the numbered changes.
        assertThat(states).as("%s", none.made()).hasSizeGreaterThan(row == Row.CONFIRM_DOWNGRADE ? 0 : 1);
    }

    private void check(String as) {
        if (inForce() > recorded()) {
            assertThat(waits())
                    .as(as + ": in force is " + inForce() + ", recorded " + recorded())
                    .isTrue();
        } else if (recorded() == 8) {
            assertThat(run("apply V7 --dry-run").said()).as(as).contains("is lower than 8");
        }
    }

    /** Repeats the command, or if a version no longer waits puts the same in force otherwise. */
    private void repeat(Row row, String as) {
        String command = row.command;
        if (command.startsWith("confirm") && !waits()) {
            command = row == Row.CONFIRM ? "apply V8" : "apply V7 --allow-downgrade";
        }
        Ended ended = run(command);
        assertThat(ended.code()).as(as + ": " + ended.said()).isZero();
    }
}
