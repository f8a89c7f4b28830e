// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.testkit.GoldenCase;

/**
 * A test that the native library is loaded only from a place where no other user can write, and
 * only if its content is that of the build.
 */
class NativeStubTest {
    private static final Path BUILT = GoldenCase.projectRoot().resolve("native/target/native");

    @TempDir
    Path directory = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        Path folder = directory.resolve("jni/x86_64-Linux");
        Files.createDirectories(folder);
        file = Files.copy(BUILT.resolve("jni/x86_64-Linux/libjffi-1.2.so"), folder.resolve("libjffi-1.2.so"));
        mode(file, "rw-r--r--");
        mode(folder, "rwxr-xr-x");
        mode(directory, "rwxr-xr-x");
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void theBuildUnpacksTheLibraryOfEveryMachine(Machine machine) throws IOException {
        assertThat(NativeStub.verified(BUILT, machine))
                .isEqualTo(BUILT.toRealPath().resolve("jni/" + machine.jffiName() + "/libjffi-1.2.so"));
    }

    @Test
    void noJarOnTheClassPathContainsALibrary() {
        assertThat(getClass().getResource("/jni/x86_64-Linux/libjffi-1.2.so")).isNull();
    }

    @Test
    void aCopyThatOthersCannotWriteIsAccepted() throws IOException {
        assertThat(NativeStub.verified(directory, Machine.X86_64)).isEqualTo(file.toRealPath());
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(file);
        refused("is missing: `" + file + "`", "mvn -Dquickly package");
    }

    @Test
    void aSymbolicLinkIsRefused() throws IOException {
        Files.delete(file);
        Files.createSymbolicLink(file, BUILT.resolve("jni/x86_64-Linux/libjffi-1.2.so"));
        refused("`" + file.toRealPath(java.nio.file.LinkOption.NOFOLLOW_LINKS) + "` is not a regular file", "mvn");
    }

    @Test
    void aFileThatOthersCanWriteIsRefused() throws IOException {
        mode(file, "rw-rw-r--");
        refused("libjffi-1.2.so` can be written by other users", "chmod go-w '");
        mode(file, "rw-r--rw-");
        refused("libjffi-1.2.so` can be written by other users", "chmod go-w '");
    }

    @Test
    void aFolderThatOthersCanWriteIsRefused() throws IOException {
        mode(Objects.requireNonNull(file.getParent()), "rwxrwxr-x");
        refused("x86_64-Linux` can be written by other users", "chmod go-w '");
        mode(Objects.requireNonNull(file.getParent()), "rwxr-xr-x");
        mode(directory, "rwxr-xrwx");
        refused("` can be written by other users", "chmod go-w '");
    }

    @Test
    void aFileInAStickyFolderIsAccepted() throws IOException {
        Files.setAttribute(directory, "unix:mode", 01777);
        assertThat(NativeStub.verified(directory, Machine.X86_64)).isEqualTo(file.toRealPath());
        Files.setAttribute(file, "unix:mode", 01666);
        refused("can be written by other users", "chmod go-w '");
    }

    @Test
    void aFileOfAnotherUserIsRefused() throws IOException {
        Path real = file.toRealPath();
        int uid = (Integer) Files.getAttribute(real, "unix:uid");
        assertThat(new TrustedPath(Set.of(uid + 1)).weakness(real))
                .contains(new TrustedPath.Weakness(
                        real, "belongs to uid " + uid, "write it as root or as yourself: chown root '" + real + "'"));
    }

    @Test
    void otherContentIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        refused("is not the one with which ringwall was built", "rm -r '" + directory + "'");
    }

    private void refused(String message, String help) {
        assertThatThrownBy(() -> NativeStub.verified(directory, Machine.X86_64))
                .isInstanceOfSatisfying(
                        NativeStubException.class,
                        refusal -> assertThat(refusal.help()).contains(help))
                .hasMessageContaining(message);
    }

    private static void mode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
}
