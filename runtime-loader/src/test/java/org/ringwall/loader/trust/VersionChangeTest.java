// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Version;
import org.ringwall.loader.model.HostException;

final class VersionChangeTest {
    @TempDir
    private Path root = Path.of("");

    private final List<String> locks = new ArrayList<>();

    private VersionStore store() {
        return TrustFiles.below(root).versions();
    }

    private Path file() {
        return root.resolve("var/lib/ringwall/versions");
    }

    private static Recorded version(String text) {
        return new Recorded(Version.of(text).orElseThrow(), Optional.empty());
    }

    private VersionChange change(String version) {
        return new VersionChange(store(), "web", version(version), folder -> {
            locks.add("lock " + root.relativize(folder));
            return () -> locks.add("unlock");
        });
    }

    /** Records a version as an apply does that accepts lower ones. */
    private Optional<String> record(String version) {
        VersionChange change = change(version);
        try (VersionChange begun = change.begin(true, before -> true)) {
            assertThat(begun).isSameAs(change);
        }
        return change.finish();
    }

    @Test
    void aHigherVersionIsRecordedBeforeTheSwitchAndALowerOneAfterIt() {
        store().begin();
        try (VersionChange change = change("7").begin(true, before -> true)) {
            assertThat(store().read()).hasToString("{web=7}");
            assertThat(locks).containsExactly("lock var/lib/ringwall/versions.lock");
            assertThat(change.finish()).isEmpty();
        }
        assertThat(locks).containsExactly("lock var/lib/ringwall/versions.lock", "unlock");
        VersionChange lower = change("6").begin(true, before -> true);
        assertThat(store().read()).hasToString("{web=7}");
        lower.close();
        locks.clear();
        assertThat(lower.finish()).contains("6 after 7");
        assertThat(store().read()).hasToString("{web=6}");
        assertThat(locks).containsExactly("lock var/lib/ringwall/versions.lock", "unlock");
    }

    @Test
    void onlyTheOwnerCanTakeTheLock() throws Exception {
        store().begin();
        record("7");
        Path lock = root.resolve(locks.get(0).substring("lock ".length()));
        // A user who can open a folder can lock it with flock(2), which needs no other permission.
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-r--r--");
    }

    @Test
    void aFailedSwitchRestoresTheRecord() {
        store().begin();
        try (VersionChange first = change("7").begin(true, before -> true)) {
            first.undo();
        }
        assertThat(store().read()).isEmpty();
        record("7");
        try (VersionChange higher = change("8").begin(true, before -> true)) {
            higher.undo();
        }
        try (VersionChange lower = change("6").begin(true, before -> true)) {
            lower.undo();
        }
        assertThat(store().read()).hasToString("{web=7}");
    }

    @Test
    void aVersionThatWaitsIsNotRecorded() {
        store().begin();
        record("7");
        for (String waiting : List.of("6", "8")) {
            VersionChange change = change(waiting).begin(false, before -> true);
            change.close();
            assertThat(change.finish()).isEqualTo(waiting.equals("6") ? Optional.of("6 after 7") : Optional.empty());
            assertThat(store().read()).hasToString("{web=7}");
        }
    }

    @Test
    void aVersionThatAnotherProcessRecordedMeanwhileStays() {
        store().begin();
        record("7");
        VersionChange lower = change("6").begin(true, before -> true);
        lower.close();
        record("9");
        assertThat(lower.finish()).contains("6 after 7");
        assertThat(store().read()).hasToString("{web=9}");
        VersionChange forbidden = change("6").begin(true, before -> false);
        forbidden.close();
        assertThat(forbidden.finish()).isEmpty();
        assertThat(store().read()).hasToString("{web=9}");
    }

    @Test
    void aMissingOrDamagedRecordIsAnError() throws Exception {
        HostException missing = catchThrowableOfType(HostException.class, () -> store().read());
        assertThat(missing).hasMessage("the record of versions `" + file() + "` is missing");
        assertThat(missing.help()).contains("--allow-downgrade");
        store().begin();
        record("7");
        byte[] text = Files.readAllBytes(file());
        for (int bit = 0; bit < text.length * Byte.SIZE; bit++) {
            byte[] changed = text.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            Files.write(file(), changed);
            assertThat(catchThrowableOfType(HostException.class, () -> store().read()))
                    .as("bit %d", bit)
                    .hasMessage("the record of versions `" + file() + "` is damaged");
        }
        for (int length = 0; length < text.length; length++) {
            Files.write(file(), Arrays.copyOf(text, length));
            assertThat(catchThrowableOfType(HostException.class, () -> store().read()))
                    .isNotNull();
        }
        VersionChange anew = change("8").begin(true, before -> true);
        anew.undo();
        anew.close();
        assertThat(store().readable()).isEmpty();
        assertThat(anew.finish()).isEmpty();
        assertThat(store().read()).hasToString("{web=8}");
    }

    @Test
    void theNamesOfPoliciesDoNotMatter() {
        store().begin();
        VersionChange other =
                new VersionChange(store(), "sha256", version("1.0-a"), folder -> () -> {}).begin(true, before -> true);
        other.close();
        record("7");
        store().begin();
        assertThat(store().read()).hasToString("{sha256=1.0-a, web=7}");
    }
}
