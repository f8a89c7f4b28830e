// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;

/**
 * The bundle that an object is from (docs/bundles.md).
 *
 * @param name its name
 * @param version its version
 * @param digest the SHA-256 of its manifest in hex
 * @param key the id of the key by whose signature the policy was admitted; empty if the host
 *     trusted no key, or an earlier version of the loader applied it
 */
public record BundleOrigin(String name, String version, String digest, Optional<String> key) {}
