/**
 * A library for tests: generators of policies and requests, and drivers that make real system
 * calls. It is in the main sources because the tests of several modules and the benchmarks use it.
 * It is not published.
 */
@NullMarked
package org.ringwall.conformance;

import org.jspecify.annotations.NullMarked;
