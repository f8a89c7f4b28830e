/**
 * The kernel tier on other kernels than the running one.
 *
 * <p>In: the kernels that {@code conformance/vm/kernels.sh} fetched, and the kernel tier's tests.
 * Out: each guest test's result as a test of the host. It must not know what the tests check.
 */
@NullMarked
package org.ringwall.conformance.vm;

import org.jspecify.annotations.NullMarked;
