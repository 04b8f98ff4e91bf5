package io.github.ratelimited.sample;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The shop over HTTP; GET everywhere, so that a browser will do. */
@RestController
class ShopController {

    private final Shop shop;

    ShopController(Shop shop) {
        this.shop = shop;
    }

    @GetMapping(path = "/orders", produces = MediaType.TEXT_PLAIN_VALUE)
    String order() {
        return shop.order();
    }

    @GetMapping(path = "/hello/{user}", produces = MediaType.TEXT_PLAIN_VALUE)
    String hello(@PathVariable String user) {
        return shop.greet(user);
    }

    @GetMapping(path = "/slow", produces = MediaType.TEXT_PLAIN_VALUE)
    String slow() {
        return shop.askPartner();
    }
}
