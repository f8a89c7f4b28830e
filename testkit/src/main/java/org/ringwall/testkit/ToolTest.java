package org.ringwall.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test compares with independent tools, each a program on the PATH. Where one is absent it skips with a line that
 * names it, or fails where the tier is required.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("tools")
@ExtendWith(ToolCondition.class)
public @interface ToolTest {
    /** Names of programs, such as {@code llvm-objdump-19}; in {@code clang-19|clang} one of them will do. */
    String[] value();
}
