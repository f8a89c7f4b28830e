// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test that uses the BPF system calls of the running kernel. It needs root, a cgroup2 mount
 * and a bpffs. Elsewhere the test is skipped with a line that says what is missing, or fails if the
 * tier is required.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("kernel")
@ExtendWith(KernelCondition.class)
public @interface KernelTest {}
