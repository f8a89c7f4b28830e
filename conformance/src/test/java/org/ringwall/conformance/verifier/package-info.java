/** Our check of emitted code compared with the running kernel's verifier. */
@NullMarked
package org.ringwall.conformance.verifier;

import org.jspecify.annotations.NullMarked;
