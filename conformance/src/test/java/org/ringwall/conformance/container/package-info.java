// SPDX-License-Identifier: Apache-2.0
/**
 * Tests with real container engines: docker, and containerd with its Kubernetes interface, on a
 * host that is made for each test. Everything that depends on how engines call the OCI runtime of
 * the package is tested here, and the pages for these engines in {@code conformance.docs}.
 */
@NullMarked
package org.ringwall.conformance.container;

import org.jspecify.annotations.NullMarked;
