// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test that boots kernels other than the running one. It needs root, qemu, virtiofsd, a
 * static busybox, cpio and the kernels that {@code conformance/vm/kernels.sh} fetches. Elsewhere
 * the test is skipped with a line that says what is missing, or fails if the tier is required.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("vm")
@ExtendWith(VmCondition.class)
public @interface VmTest {}
