// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test that needs independent tools, and names each thing that it needs, also those that
 * another one starts. If one is absent, the test is skipped with a line that names it, or fails if
 * the tier is required.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("tools")
@ExtendWith(ToolCondition.class)
public @interface ToolTest {
    /** The sources of cilium/ebpf, where Debian's golang-github-cilium-ebpf-dev installs them. */
    String CILIUM = "/usr/share/gocode/src/github.com/cilium/ebpf";

    /** The sources that cilium/ebpf needs, of Debian's golang-golang-x-sys-dev. */
    String GO_SYS = "/usr/share/gocode/src/golang.org/x/sys";

    /**
     * The names of programs on the PATH, such as {@code llvm-objdump-19}, and absolute paths of
     * files and folders; one of the alternatives in {@code clang-19|clang} suffices.
     */
    String[] value();
}
