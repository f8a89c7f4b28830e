// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.time.Instant;
import java.util.Optional;

/**
 * The origin of a generation (docs/abi.md section 4).
 *
 * @param object the SHA-256 of the object file in hex; empty if the object was not read from a file
 * @param bundle the bundle that the object is from, if any
 * @param time the wall-clock time of the apply
 * @param author the user and the command that applied it
 */
public record Provenance(Optional<String> object, Optional<BundleOrigin> bundle, Instant time, Author author) {}
