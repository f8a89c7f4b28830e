// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

/**
 * The bundle that an object is from (docs/bundles.md).
 *
 * @param name its name
 * @param version its version
 * @param digest the SHA-256 of its manifest in hex
 */
public record BundleOrigin(String name, String version, String digest) {}
