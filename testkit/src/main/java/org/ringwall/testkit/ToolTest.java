// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test that compares with independent tools, which must be on the PATH. If one is absent,
 * the test is skipped with a line that names it, or fails if the tier is required.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("tools")
@ExtendWith(ToolCondition.class)
public @interface ToolTest {
    /**
     * The names of the programs, such as {@code llvm-objdump-19}; one of the alternatives in
     * {@code clang-19|clang} suffices.
     */
    String[] value();
}
