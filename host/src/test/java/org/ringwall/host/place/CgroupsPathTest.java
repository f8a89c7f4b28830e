// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupsPathTest {
    @ParameterizedTest
    @CsvSource({
        "/kubepods/burstable/pod1/abc, kubepods/burstable/pod1/abc",
        "k8s.io/abc, k8s.io/abc",
        "kubepods-burstable-pod1.slice:cri-containerd:abc,"
                + " kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-abc.scope",
        "system.slice:docker:abc, system.slice/docker-abc.scope",
        ":docker:abc, system.slice/docker-abc.scope",
        "-.slice:docker:abc, docker-abc.scope",
        "a.slice::abc, a.slice/abc.scope",
        "a.slice:x:a-b.slice, a.slice/a-b.slice"
    })
    void isTheDirectoryOfTheDriver(String text, String path) {
        assertThat(CgroupsPath.relative(text)).contains(Path.of(path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "../a",
                "/a\0b",
                "/a/../../b",
                "a-.slice:p:abc",
                "-a.slice:p:abc",
                "a--b.slice:p:abc",
                ".slice:p:abc",
                "a/b.slice:p:abc",
                "a.service:p:abc",
                "a.slice:../p:abc",
                "a.slice:p:"
            })
    void hasNoMeaningOtherwise(String text) {
        assertThat(CgroupsPath.relative(text)).isEmpty();
    }

    @Test
    void hasNoMeaningIfItIsEmpty() {
        assertThat(CgroupsPath.relative("")).isEmpty();
    }
}
