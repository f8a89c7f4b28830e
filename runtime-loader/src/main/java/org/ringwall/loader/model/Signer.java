// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;

/**
 * A signature of a bundle, as this host judges it.
 *
 * @param key the id of its key
 * @param fault why it is not accepted, as a predicate of the key; empty if it is accepted
 */
public record Signer(String key, Optional<String> fault) {}
