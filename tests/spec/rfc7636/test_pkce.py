"""x"""
import pytest
def test_one(provider, browser, phone, subtests):
    """one"""
    for i in range(3):
        with subtests.test(i=i):
            answer = browser.consent(phone, scope="openid")
            assert answer.status_code==303, answer.text
@pytest.mark.parametrize("n", range(20))
def test_two(provider, browser, n):
    """two"""
    shop = provider.client(first_party=True)
    t = provider.grant(shop, browser, "openid offline_access")
    assert provider.verify(t["id_token"], shop.client_id)
