"""The shelves: home, categories, products, search, and the cart."""

from starlette.responses import Response

from tillside.demo import basket, catalogue, statements
from tillside.demo.calls import Call


async def home(call: Call) -> Response:
    return call.render("home.html", products=catalogue.PRODUCTS)


async def mission(call: Call) -> Response:
    """The same shop, loaded with the older form of the snippet."""
    call.has_older_snippet = True
    return call.render("mission.html", products=catalogue.PRODUCTS[:8])


async def category(call: Call) -> Response:
    shown = catalogue.category(call.request.path_params["slug"])
    if shown is None:
        return call.not_found()
    call.says("view_category", statements.category_properties(shown))
    return call.render("category.html", category=shown, products=catalogue.within(shown))


async def product(call: Call) -> Response:
    shown = catalogue.product(call.request.path_params["slug"])
    if shown is None:
        return call.not_found()
    call.says("view_product", statements.product_properties(shown, call.shop.settings.shop_url))
    return call.render("product.html", product=shown, beside=catalogue.beside(shown))


async def search(call: Call) -> Response:
    query = call.request.query_params.get("q", "").strip()[:100]
    if query:
        call.says("search", {"query": query})
    return call.render("search.html", query=query, products=catalogue.found(query))


async def cart(call: Call) -> Response:
    positions = call.positions()
    if positions:
        call.says("view_cart", {})
    return call.render("cart.html", positions=positions, goods=sum(position.sum for position in positions))


async def add(call: Call) -> Response:
    form = await call.form()
    chosen = catalogue.product(str(form.get("product", "")))
    option = chosen and chosen.option(str(form.get("option", "")))
    if not chosen or not option:
        return call.not_found("This product is no longer sold.")
    quantity = _pieces(form.get("quantity")) or 1
    call.change_visit(cart=basket.put(call.visit.cart, chosen, option, quantity))
    added = basket.Position(chosen, option, quantity)
    call.will_say("add_to_cart", statements.position_properties(added, call.shop.settings.shop_url, quantity=quantity))
    call.change_visit(notice=f"{added.name} is in your cart.")
    return call.go("/cart")


async def change(call: Call) -> Response:
    """Sets the number of pieces of one line; zero takes it out."""
    form = await call.form()
    option_id = str(form.get("option", ""))
    before = next((position for position in call.positions() if position.option.id == option_id), None)
    quantity = _pieces(form.get("quantity"))
    if before is None or quantity is None:
        return call.go("/cart")
    call.change_visit(cart=basket.change(call.visit.cart, option_id, quantity))
    difference = min(quantity, basket.MOST_OF_ONE) - before.quantity
    if difference:
        event = "add_to_cart" if difference > 0 else "remove_from_cart"
        call.will_say(event, statements.position_properties(before, call.shop.settings.shop_url, quantity=abs(difference)))
    if not quantity:
        call.change_visit(notice=f"{before.name} is no longer in your cart.")
    return call.go("/cart")


def _pieces(text: object) -> int | None:
    plain = str(text or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 5 else None
