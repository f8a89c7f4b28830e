/** A comparison of our verifier of emitted code with the running kernel's. */
@NullMarked
package org.ringwall.conformance.verifier;

import org.jspecify.annotations.NullMarked;
