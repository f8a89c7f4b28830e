package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.ProgramSpec;

class CaveatsTest {
    @Test
    void whoReplacesWhatIsWrittenToSysctlsIsTold() {
        assertThat(Caveats.of(calling(Helper.SYSCTL_SET_NEW_VALUE)))
                .singleElement()
                .asString()
                .contains("kernels from 5.18 on forget");
    }

    @Test
    void othersAreToldNothing() {
        assertThat(Caveats.of(calling(Helper.SYSCTL_GET_NAME))).isEmpty();
        assertThat(Caveats.of(TestObjects.policy("web", 80))).isEmpty();
    }

    private static PolicyObject calling(Helper helper) {
        ProgramSpec program = TestObjects.denyPort("sysctl_0123", "cgroup/sysctl");
        List<Insn> code = new ArrayList<>(program.insns());
        code.add(code.size() - 1, new Insn.CallHelper(helper.id()));
        ProgramSpec calls =
                new ProgramSpec(program.name(), program.section(), code, program.relocations(), List.of(), 0);
        return PolicyObject.of(TestObjects.object(TestObjects.rodata("web", 80).section(), List.of(calls)));
    }
}
