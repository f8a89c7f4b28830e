// SPDX-License-Identifier: Apache-2.0
/**
 * The wire format of Protocol Buffers, for the messages of NRI and of containerd. Knows the schema
 * of none of them.
 */
@NullMarked
package org.ringwall.host.protobuf;

import org.jspecify.annotations.NullMarked;
