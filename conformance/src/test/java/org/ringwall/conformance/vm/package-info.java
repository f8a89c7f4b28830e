/**
 * The kernel tier on other kernels than the running one.
 *
 * <p>Comes in: the kernels that {@code conformance/vm/kernels.sh} fetched, and the kernel tier's tests. Goes out: each
 * guest test's result as a test of the host. Knows nothing of what the tests are about.
 */
@NullMarked
package org.ringwall.conformance.vm;

import org.jspecify.annotations.NullMarked;
