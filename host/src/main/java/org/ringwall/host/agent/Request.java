// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import java.util.List;

/**
 * A command for the agent.
 *
 * @param words the command as it is typed, without `ringwall`
 * @param input its standard input
 */
public record Request(List<String> words, String input) {
    public Request {
        words = List.copyOf(words);
    }
}
