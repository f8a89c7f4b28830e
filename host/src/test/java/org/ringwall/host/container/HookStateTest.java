// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.loader.model.CgroupException;

class HookStateTest {
    @Test
    void stateOfAContainerIsRead() {
        assertThat(HookState.parse("""
                        {"ociVersion": "1.0.2", "id": "abc", "status": "creating", "pid": 4422, "bundle": "/b",
                         "annotations": {"org.ringwall.policy": "web", "n": ""}}
                        """))
                .isEqualTo(new HookState(
                        "abc", "creating", OptionalLong.of(4422), Map.of("org.ringwall.policy", "web", "n", "")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\": \"a\", \"status\": \"stopped\"}",
                "{\"id\": \"a\", \"status\": \"stopped\", \"pid\": 0, \"annotations\": null}"
            })
    void stoppedContainerHasNoProcess(String json) {
        assertThat(HookState.parse(json)).isEqualTo(new HookState("a", "stopped", OptionalLong.empty(), Map.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | has no state",
                "[] | has no state",
                "{\"id\": \"a\"} | has no state",
                "{\"id\": 1, \"status\": \"creating\"} | has no state",
                "{\"id\": | standard input is not JSON, at character 7",
                "{\"id\": \"a\", \"id\": \"b\"} | two members of the same name, at character 13",
                "{id: a, status: creating} | not JSON, at character 2"
            })
    void otherInputIsRefused(String json, String message) {
        assertThatThrownBy(() -> HookState.parse(json))
                .isInstanceOf(CgroupException.class)
                .hasMessageContaining(message);
    }
}
