package io.github.ratelimited.docs;

import java.util.ArrayList;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.context.annotation.Configuration;

/** As docs/native.md has it. */
interface NativeCode {

    record Customer(String id) {}

    @RegisterReflection(
            classes = {Customer.class, ArrayList.class},
            memberCategories = MemberCategory.INVOKE_PUBLIC_METHODS)
    @Configuration
    class Hints {}
}
